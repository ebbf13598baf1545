import { takenDriveKeys } from '#db/queries/driveFiles.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { keyPrefixesOf } from '#domain/driveFiles.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import type { ApiDeps } from './deps.ts';

/** As many as one answer names. */
const NAMED = 1_000;

/** Objects in the storage bucket where a site's files lie that belong to none of its resources, also to no deleted one, and to no file from Google Drive. */
export async function findStrays({ config, db, s3 }: Pick<ApiDeps, 'config' | 'db' | 's3'>, site: SiteRow, siteConfig: SiteConfig): Promise<{ objects: number; total: number; bytes: number; strays: { key: string; size: number }[] }> {
  const found = { objects: 0, total: 0, bytes: 0, strays: [] as { key: string; size: number }[] };
  for (const prefix of keyPrefixesOf({ name: site.name, rootPath: siteConfig['root-url-path'] }, config.driveS3UploadPrefix)) {
    const taken = await takenDriveKeys(db, site.id, prefix);
    for await (const { key, size } of s3.list(config.storageBucket, prefix)) {
      found.objects += 1;
      if (taken.has(key)) continue;
      found.total += 1;
      found.bytes += size;
      if (found.strays.length < NAMED) found.strays.push({ key, size });
    }
  }
  return found;
}
