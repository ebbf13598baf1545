import { listUnsweptUploads, noteUploadsSwept } from '#db/queries/uploads.ts';
import type { ApiDeps } from './deps.ts';

/** After the end of its address: a file that began to arrive before that may arrive for as long. */
const GRACE_MS = 60 * 60_000;
const BATCH = 500;

/** Empties the quarantine of files that were begun and never finished, or sent once more after they were. @returns how many places were emptied. */
export async function sweepUploads({ config, db, s3 }: Pick<ApiDeps, 'config' | 'db' | 's3'>): Promise<number> {
  let swept = 0;
  for (;;) {
    const uploads = await listUnsweptUploads(db, { afterMs: GRACE_MS, limit: BATCH });
    if (uploads.length === 0) return swept;
    await s3.remove(config.storageBucket, uploads.map(({ quarantineKey }) => quarantineKey));
    await noteUploadsSwept(db, uploads.map(({ id }) => id));
    swept += uploads.length;
  }
}
