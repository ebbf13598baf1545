/** The name people know a stored file by: its key without the folders and the id before it. */
export function nameOfKey(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1).replace(/^[0-9a-f]{32}_(?=.)/, '');
}
