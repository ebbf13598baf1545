/**
 * Django's `slugify`: the names of files and addresses of existing content were made by it.
 * Unicode letters are kept only with `allowUnicode`; otherwise what has no ASCII form is dropped.
 */
export function slugify(text: string, options: { allowUnicode?: boolean } = {}): string {
  const normalized = options.allowUnicode === true ? text.normalize('NFKC') : text.normalize('NFKD').replace(/[^\x00-\x7F]/g, '');
  const kept = options.allowUnicode === true ? normalized.toLowerCase().replace(/[^\p{L}\p{N}_\s-]/gu, '') : normalized.toLowerCase().replace(/[^\w\s-]/g, '');
  return kept.replace(/[-\s]+/g, '-').replace(/^[-_]+|[-_]+$/g, '');
}
