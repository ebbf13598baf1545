import type { Db } from '#db/knex.ts';
import { findUploadByKey } from '#db/queries/uploads.ts';
import { invalidFields } from './contentWriter.ts';

/**
 * What an uploaded file says of itself, for the metadata of the item that takes it; nothing when the item had it before, or
 * when it came to the site another way.
 * @throws {ApiError} invalidFields when the file was not looked at yet, or was refused.
 */
export async function uploadedFacts(db: Db, siteId: string, file: string | null | undefined, before: string | null): Promise<Readonly<Record<string, unknown>>> {
  if (file === undefined || file === null || file === before) return {};
  const upload = await findUploadByKey(db, siteId, file);
  if (upload === undefined) return {};
  if (upload.state !== 'done') throw invalidFields([{ path: 'file', message: upload.state === 'begun' ? `The file ‘${upload.name}’ is still on its way. Finish its upload first.` : `The file ‘${upload.name}’ never became one of the site’s. Upload it again.` }]);
  return { file_type: upload.contentType.split(';')[0], file_size: upload.size };
}
