/** Ids and aliases are names of files and folders: nothing that leaves the store, nothing hidden. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;

/** For a person whose name does not match. */
export const idRule = 'letters, digits and "._@-", at most 128, beginning with a letter or digit';
