import { uploadTypeOf } from '#domain/uploadTypes.ts';

/** Whether a file of this name is a picture that a page can show. */
export function isPicture(name: string): boolean {
  return uploadTypeOf(name)?.contentType.startsWith('image/') === true;
}

/** What a resource with a file of this name is, in the words of the starters. */
export function resourceTypeOf(name: string): 'Image' | 'Video' | 'Document' | 'Other' {
  const type = uploadTypeOf(name)?.contentType ?? '';
  if (type.startsWith('image/')) return 'Image';
  if (type.startsWith('video/')) return 'Video';
  return type === 'application/pdf' || /word|excel|powerpoint|officedocument|opendocument/.test(type) ? 'Document' : 'Other';
}

/** A title for a file that has none: its name in words. */
export function titleOfFile(name: string): string {
  return name.replace(/\.[^.]+$/, '').replace(/[_-]+/g, ' ').trim();
}

/** How large something is, as people read it: "3.2 MB". */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}
