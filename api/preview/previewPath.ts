/** Keys of S3 end here, bytes. */
const MAX_BYTES = 1_024;

export type PreviewPath = { readonly redirect: string } | { readonly key: string };

/**
 * What an address of a preview asks for, by the rules readers meet: a folder is its `index.html`, an address without a slash and
 * without an extension goes to the one with a slash, pages of courses find the shared assets.
 * @param raw the path as it was sent, which may lead anywhere.
 * @returns null when no page can have it.
 */
export function readPreviewPath(raw: string): PreviewPath | null {
  // Longer than any address even when each of its bytes is escaped.
  if (raw.length > 3 * MAX_BYTES) return null;
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return null;
  }
  const [first, ...parts] = path.split('/');
  // An empty part would make `//host` of a redirect.
  const isPlain = first === '' && parts.length > 0 && parts.every((part, index) => part !== '.' && part !== '..' && (part !== '' || index === parts.length - 1));
  if (!isPlain || /[\u0000-\u001f\u007f\\]/.test(path) || Buffer.byteLength(path) > MAX_BYTES) return null;
  const shared = /^\/courses\/.*?\/static_shared\/(.*)$/.exec(path);
  const found = shared === null ? path : `/static_shared/${shared[1] ?? ''}`;
  if (found.endsWith('/')) return { key: `${found}index.html`.slice(1) };
  if (!found.slice(found.lastIndexOf('/') + 1).includes('.')) return { redirect: `${path.split('/').map(encodeURIComponent).join('/')}/` };
  return { key: found.slice(1) };
}
