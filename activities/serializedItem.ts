import { createHash } from 'node:crypto';
import { type SiteContext, writeContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { configItem, type SiteConfig } from '#domain/siteConfig.ts';
import type { WrittenForm } from '#domain/writtenForm.ts';

/** What the serializer makes of an item, with its sha256 (hex); null when the starter has no place for it. */
export function serializedItem(item: ContentItem, config: SiteConfig, site: SiteContext, form: WrittenForm | null): { readonly path: string; readonly text: string; readonly sha256: string } | null {
  if (!item.isPageContent && configItem(config, item.type)?.file == null) return null;
  const written = writeContentFile(item, config, site, form);
  return { ...written, sha256: createHash('sha256').update(written.text).digest('hex') };
}
