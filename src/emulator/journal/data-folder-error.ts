/** The data directory cannot be used; the message says which file and what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}
