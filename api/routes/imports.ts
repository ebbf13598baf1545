import { Transform } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { findSiteByName } from '#db/queries/sites.ts';
import { findStarterBySlug } from '#db/queries/starters.ts';
import type { ImportRequest } from '#temporal/contracts/importSite.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';

/** A course without its media is some megabytes; with media some hundred. */
const MAX_ARCHIVE_BYTES = 2 * 1024 * 1024 * 1024;
/** How every gzip file begins. */
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** Lets a gzipped archive through and ends in an ApiError at once for what is none, or too large. */
function checkArchive(): Transform {
  let head = Buffer.alloc(0);
  let bytes = 0;
  const fault = (): ApiError | null => {
    if (bytes > MAX_ARCHIVE_BYTES) return new ApiError('tooLarge', 'The archive is larger than 2 GiB.');
    if (head.length < GZIP_MAGIC.length || head.equals(GZIP_MAGIC)) return null;
    return new ApiError('validation', 'The body is no gzipped tar: send the repository as one, or name a git URL.', [{ path: 'body', message: 'not gzip' }]);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (head.length < GZIP_MAGIC.length) head = Buffer.concat([head, chunk]).subarray(0, GZIP_MAGIC.length);
      done(fault(), chunk);
    },
    flush(done) {
      done(bytes >= GZIP_MAGIC.length ? null : new ApiError('validation', 'The body is empty: send the repository as a gzipped tar, or name a git URL.', [{ path: 'body', message: 'empty' }]));
    },
  });
}

export function importRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/imports'> {
  const { config, db, s3 } = deps;
  return {
    'POST /api/v1/imports': async (call) => {
      const { query, body, who, note } = call;
      note({ title: query.name ?? query.folder, starter: query.starter, ...(query.gitUrl === undefined ? {} : { gitUrl: withoutPassword(query.gitUrl) }) });
      if (!studioPolicy.importSites(who)) throw new ApiError('forbidden', 'Only authors and admins of the studio may import sites.');
      if ((await findStarterBySlug(db, query.starter)) === undefined) throw new ApiError('starterMissing', `There is no starter ‘${query.starter}’. Read the starters first, or name another.`);
      if (query.name !== undefined && (await findSiteByName(db, query.name)) !== undefined) throw new ApiError('nameInUse', `There is a site named ‘${query.name}’ already.`);
      if (query.gitUrl !== undefined && !/^(https?|ssh|git):\/\//.test(query.gitUrl)) throw new ApiError('validation', 'The git URL must begin with https://, http://, ssh:// or git://.', [{ path: 'query.gitUrl', message: 'not a git URL' }]);
      const id = uuidv7();
      const archiveKey = `imports/${id}.tar.gz`;
      if (query.gitUrl === undefined) {
        const checked = checkArchive();
        body.on('error', (error) => checked.destroy(error));
        try {
          await s3.putStream(config.buildStoreBucket, archiveKey, body.pipe(checked), { contentType: 'application/gzip' });
        } catch (error) {
          // What is left of the body is read and dropped, so that the sender gets the answer.
          body.unpipe(checked);
          body.resume();
          throw checked.errored instanceof ApiError ? checked.errored : error;
        }
      } else body.resume();
      const input: ImportRequest = {
        starter: query.starter,
        folder: query.folder,
        ...(query.name === undefined ? {} : { name: query.name }),
        ...(query.gitUrl === undefined ? { archiveKey } : { gitUrl: query.gitUrl }),
      };
      return acceptRequest(deps, call, { id, process: 'import-site', requestedBy: who.userId, input: { ...input } });
    },
  };
}

/** An address as it may be kept: without what somebody signs in with. */
function withoutPassword(gitUrl: string): string {
  return gitUrl.replace(/\/\/[^/@]*@/, '//');
}
