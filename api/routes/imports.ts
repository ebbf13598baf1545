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

export function importRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/imports'> {
  const { config, db, s3 } = deps;
  return {
    'POST /api/v1/imports': async (call) => {
      const { query, body, who } = call;
      if (!studioPolicy.importSites(who)) throw new ApiError('forbidden', 'Only authors and admins of the studio may import sites.');
      if ((await findStarterBySlug(db, query.starter)) === undefined) throw new ApiError('starterMissing', `There is no starter ‘${query.starter}’. Read the starters first, or name another.`);
      if (query.name !== undefined && (await findSiteByName(db, query.name)) !== undefined) throw new ApiError('nameInUse', `There is a site named ‘${query.name}’ already.`);
      if (query.gitUrl !== undefined && !/^(https?|ssh|git):\/\//.test(query.gitUrl)) throw new ApiError('validation', 'The git URL must begin with https://, http://, ssh:// or git://.', [{ path: 'query.gitUrl', message: 'not a git URL' }]);
      const id = uuidv7();
      const archiveKey = `imports/${id}.tar.gz`;
      if (query.gitUrl === undefined) {
        let bytes = 0;
        const counted = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            bytes += chunk.length;
            done(bytes > MAX_ARCHIVE_BYTES ? new ApiError('tooLarge', 'The archive is larger than 2 GiB.') : null, chunk);
          },
        });
        body.on('error', (error) => counted.destroy(error));
        await s3.putStream(config.buildStoreBucket, archiveKey, body.pipe(counted), { contentType: 'application/gzip' });
        if (bytes === 0) throw new ApiError('validation', 'The body is empty: send the repository as a gzipped tar, or name a git URL.', [{ path: 'body', message: 'empty' }]);
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
