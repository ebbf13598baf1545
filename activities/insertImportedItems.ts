import { createHash } from 'node:crypto';
import type { Db } from '#db/knex.ts';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { rebuildReferences } from '#db/queries/contentReferences.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { writeContentFile } from '#domain/contentFile.ts';
import type { ImportedItem } from '#domain/importPlan.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { siteContext } from './siteContext.ts';

/** Stores the items of an import with what main holds of each, and what they name. Call inside a transaction. */
export async function insertImportedItems(trx: Db, site: SiteRow, items: readonly ImportedItem[], config: SiteConfig): Promise<void> {
  const context = siteContext(site, items.map(({ item }) => item));
  await insertContentItems(
    trx,
    site.id,
    items.map(({ item, path, blob, form }) => ({
      item,
      writtenPath: path,
      // What the serializer makes of the item as it came is the baseline: the file is written only when that changes.
      writtenSha256: createHash('sha256').update(writeContentFile(item, config, context, form).text).digest('hex'),
      writtenBlob: blob,
      writtenForm: form,
      updatedBy: null,
    })),
  );
  await rebuildReferences(trx, site.id, config);
}
