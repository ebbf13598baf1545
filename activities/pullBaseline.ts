import { createHash } from 'node:crypto';
import { type SiteContext, writeContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import type { ContentReference } from '#domain/references.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import type { WrittenForm } from '#domain/writtenForm.ts';

/** How the file an item comes from differs from what the serializer makes of it; null where it does not. */
export function formOf(_input: { readonly path: string; readonly text: string; readonly item: ContentItem; readonly config: SiteConfig; readonly site: SiteContext }): WrittenForm | null {
  return null;
}

/** What the serializer makes of an item, with its sha256 (hex); null when the starter has no place for it. */
export function serializedItem(item: ContentItem, config: SiteConfig, site: SiteContext, _form: WrittenForm | null): { readonly path: string; readonly text: string; readonly sha256: string } | null {
  const written = writeContentFile(item, config, site);
  return { ...written, sha256: createHash('sha256').update(written.text).digest('hex') };
}

/** What an item names. */
export function namedBy(_item: ContentItem, _config: SiteConfig): ContentReference[] {
  return [];
}
