/**
 * A site as it is read without a network: names and places, pure. Hugo is given the names of uploaded files; what is in
 * them goes from storage into zips and buckets by itself.
 */

/** Without videos, or with them. */
export const offlineVariants = ['plain', 'video'] as const;
export type OfflineVariant = (typeof offlineVariants)[number];

/** The folder of uploaded files in what Hugo puts out. */
export const STATIC_RESOURCES = 'static_resources';

/** What Hugo would take for a page of the site when it lies among its content. */
const TAKEN_FOR_A_PAGE = /\.(html?|md|mdown|markdown|adoc|asciidoc|ad|org|pandoc|pdc|rst)$/i;

/** Where Hugo gets an uploaded file from: videos are left out of the first build, and what looks like a page lies beside the content. */
export function offlinePlaceOf(name: string): 'content' | 'static' | 'video' {
  if (/\.mp4$/i.test(name)) return 'video';
  return TAKEN_FOR_A_PAGE.test(name) || name === '_index.md' ? 'static' : 'content';
}

/** Whether a file of this name lies in the folder it is written to: keys of S3 may have any parts. */
export function staysInside(name: string): boolean {
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
}

/** Whether a theme may want to look into a file: pictures it scales, texts it quotes. */
export function mayBeRead(contentType: string): boolean {
  return /^(image|text)\/|json/.test(contentType);
}

const PLACEHOLDER = 'ocw-studio-offline-file';

/** What Hugo finds in the place of the file with this number. It is told apart from everything an author writes, whatever Hugo calls the file. */
export function placeholder(number: number): string {
  return `${PLACEHOLDER} ${number}\n`;
}

/** The number of the file a placeholder stands for; undefined when the text is none. */
export function placeholderNumber(text: string): number | undefined {
  const found = new RegExp(`^${PLACEHOLDER} (\\d+)\\n$`).exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Bytes of the longest placeholder. */
export const MAX_PLACEHOLDER_BYTES = PLACEHOLDER.length + 12;

/** Whether a placeholder got into the middle of something else: the theme quoted a file it was only given the name of. */
export function quotesPlaceholder(text: string): boolean {
  return new RegExp(`${PLACEHOLDER} \\d`).test(text);
}

/** The name of a zip, as pages of the site link to it. */
export function zipName(shortId: string, variant: OfflineVariant): string {
  return variant === 'video' ? `${shortId}-video.zip` : `${shortId}.zip`;
}

/** Whether a file shrinks when it is compressed; media do not. */
export function isCompressible(contentType: string): boolean {
  return /^text\/|json|xml|javascript|^image\/svg/.test(contentType);
}
