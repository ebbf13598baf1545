import { createHash } from 'node:crypto';
import { S3Error } from '#clients/s3.ts';
import { countOpenUploads, endUpload, findUpload, insertUpload, type UploadRow } from '#db/queries/uploads.ts';
import { siteStoragePrefix } from '#domain/siteUrl.ts';
import { isSaidToBe, markFault, MAX_SVG_BYTES, nameFault, SNIFFED_BYTES, storedName, svgFault, type UploadType, uploadTypeOf, uploadTypes } from '#domain/uploadTypes.ts';
import { ApiError } from '../apiError.ts';
import { invalidFields } from '../contentWriter.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { siteContent, writable } from '../siteContent.ts';

/** How long a file may take to begin arriving; a slow one that has begun goes on. */
const ADDRESS_LIFE_MS = 15 * 60_000;
/** Files on their way to one site at once. */
const MAX_OPEN = 200;
/** Beside the sites’ own folders: what lies in those is published, and this was not looked at yet. */
const QUARANTINE = 'quarantine';

type Routes = Pick<Handlers, 'POST /api/v1/sites/:site/uploads' | 'POST /api/v1/sites/:site/uploads/:upload/finish'>;

/** Files that authors send to the storage bucket themselves: announced, sent, looked at, taken. */
export function uploadRoutes(deps: Pick<ApiDeps, 'config' | 'db' | 's3' | 'log'>): Routes {
  const { config, db, s3, log } = deps;
  const bucket = config.storageBucket;

  const noSuch = (): ApiError => new ApiError('notFound', 'There is no such upload to this site.');

  /** Why what lies in quarantine is not taken, or the version of it that is. */
  async function lookAt(upload: UploadRow, type: UploadType): Promise<{ readonly fault: string } | { readonly etag: string }> {
    const head = await s3.head(bucket, upload.quarantineKey);
    if (head === null) throw new ApiError('wrongState', 'The file has not arrived. Send it to the address it was given, then finish again.');
    if (head.size !== upload.size) return { fault: `The file that arrived has ${head.size} bytes and not the ${upload.size} that were announced. Choose it again.` };
    const begin = await bytesOf(upload, Math.min(upload.size, type.mark === 'svg' ? MAX_SVG_BYTES : SNIFFED_BYTES));
    const fault = markFault(type, begin.subarray(0, SNIFFED_BYTES)) ?? (type.mark === 'svg' ? svgFault(begin.toString('utf8')) : null);
    if (fault !== null) return { fault };
    // S3 compared it as it arrived; a store that keeps no checksums has the file read once more.
    const sha256 = (await s3.uploads.checksum(bucket, upload.quarantineKey)) ?? (await hashOf(upload));
    if (sha256 !== upload.sha256) return { fault: 'The file that arrived is not the one that was announced: its checksum differs. Choose it again.' };
    return { etag: head.etag };
  }

  async function bytesOf(upload: UploadRow, bytes: number): Promise<Buffer> {
    const { body } = await s3.open(bucket, upload.quarantineKey, { first: 0, last: bytes - 1 });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  async function hashOf(upload: UploadRow): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await s3.getStream(bucket, upload.quarantineKey)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  /** Takes what is left in quarantine away; what cannot be now is the sweep’s. */
  async function clear(upload: UploadRow): Promise<void> {
    await s3.remove(bucket, [upload.quarantineKey]).catch((error: unknown) => log.warn({ err: error, upload: upload.id }, 'A file could not be removed from quarantine'));
  }

  return {
    'POST /api/v1/sites/:site/uploads': async ({ params, body, who, note }) => {
      const { site, config: starter } = writable(await siteContent(deps, params.site, who));
      if (!sitePolicy.upload(who, site.id)) throw new ApiError('forbidden', 'Only who may edit the site may upload files to it.');
      const fault = nameFault(body.name);
      if (fault !== null) throw invalidFields([{ path: 'name', message: fault }]);
      const type = uploadTypeOf(body.name);
      if (type === undefined) throw invalidFields([{ path: 'name', message: `Files of this kind cannot be uploaded. These can: ${Object.keys(uploadTypes).sort().join(', ')}.` }]);
      if (!isSaidToBe(type, body.type)) throw invalidFields([{ path: 'type', message: `The name says that this is ${type.words}, and its type that it is ${body.type}. Correct the name of the file.` }]);
      const maxBytes = type.mark === 'svg' ? Math.min(MAX_SVG_BYTES, config.uploadMaxBytes) : config.uploadMaxBytes;
      if (body.size > maxBytes) throw new ApiError('tooLarge', `The file has ${megabytes(body.size)} MB; ${type.mark === 'svg' ? 'a drawing' : 'a file'} may have ${megabytes(maxBytes)}.`);
      if ((await countOpenUploads(db, site.id)) >= MAX_OPEN) throw new ApiError('tooManyRequests', `${MAX_OPEN} files are on their way to this site. Wait until some have arrived.`);
      const prefix = siteStoragePrefix(starter, site);
      const upload = await insertUpload(
        db,
        { siteId: site.id, userId: who.userId, name: body.name, contentType: type.contentType, size: body.size, sha256: body.sha256 },
        // The id goes before the name, so that no file ever takes another’s place.
        { lifeMs: ADDRESS_LIFE_MS, keysOf: (id) => ({ quarantineKey: `${QUARANTINE}/${prefix}/${id}`, key: `${prefix}/${id.replaceAll('-', '')}_${storedName(body.name)}` }) },
      );
      note({ upload: upload.id, name: body.name, size: body.size });
      const { url, headers } = await s3.uploads.presign(bucket, upload.quarantineKey, upload, ADDRESS_LIFE_MS / 1_000);
      return { id: upload.id, method: 'PUT', url, headers, expiresAt: upload.expiresAt.toISOString() };
    },

    'POST /api/v1/sites/:site/uploads/:upload/finish': async ({ params, who, note }) => {
      const { site } = writable(await siteContent(deps, params.site, who));
      if (!sitePolicy.upload(who, site.id)) throw new ApiError('forbidden', 'Only who may edit the site may upload files to it.');
      try {
        // Held, so that two who finish it wait for each other and are told the same.
        const ended = await db.transaction(async (trx): Promise<UploadRow> => {
          const upload = await findUpload(trx, site.id, params.upload, true);
          if (upload === undefined) throw noSuch();
          if (upload.state !== 'begun') return upload;
          const type = uploadTypeOf(upload.name);
          if (type === undefined) throw noSuch();
          const seen = await lookAt(upload, type);
          if ('fault' in seen) {
            await endUpload(trx, upload.id, { state: 'refused', reason: seen.fault });
            return { ...upload, state: 'refused', reason: seen.fault };
          }
          // Whoever opens a drawing by itself saves it instead of running it; in a page it is shown all the same.
          await s3.uploads.take(bucket, { key: upload.quarantineKey, etag: seen.etag }, upload.key, { contentType: upload.contentType, ...(type.mark === 'svg' ? { contentDisposition: 'attachment' } : {}) });
          await endUpload(trx, upload.id, { state: 'done' });
          return { ...upload, state: 'done' };
        });
        note({ upload: ended.id, name: ended.name, state: ended.state });
        if (ended.state === 'expired') throw new ApiError('wrongState', 'The file did not arrive in time. Begin again.');
        await clear(ended);
        if (ended.state === 'refused') throw invalidFields([{ path: 'file', message: ended.reason ?? 'The file was refused.' }]);
        return { id: ended.id, state: ended.state, file: ended.key, name: ended.name, contentType: ended.contentType, size: ended.size };
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        if (error.kind === 'exists' || error.kind === 'missing') throw new ApiError('wrongState', 'The file was replaced or removed while it was looked at. Finish again.');
        throw new ApiError('storageUnavailable', `The storage bucket cannot be used now: ${error.message}. Finish again in a minute.`);
      }
    },
  };
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 });
