/** Injection token of the logger, which is not a class of this app. */
export const loggerToken = Symbol('logger');
export const modelFoldersToken = Symbol('modelFolders');
