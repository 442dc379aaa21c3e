/** Label of a text that has no class, or no cluster that it is surely of. */
export const noLabel = -1;
