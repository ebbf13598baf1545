/** Only a path of our own: never `//host`, never a scheme. */
export function ownPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(path) && path.length <= 2_000 ? path : '/';
}
