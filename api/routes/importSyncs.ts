import { syncImportBucketContract, type ImportSyncRequest } from '#temporal/contracts/syncImportBucket.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';

export function importSyncRoutes(deps: ApiDeps): Pick<Handlers, 'POST /api/v1/import-syncs'> {
  return {
    'POST /api/v1/import-syncs': async (call) => {
      call.note({ dryRun: call.body.dryRun });
      if (!studioPolicy.syncImports(call.who)) throw new ApiError('forbidden', 'Only a global admin may copy the import bucket: it fills the storage of all sites.');
      const input: ImportSyncRequest = { dryRun: call.body.dryRun };
      return acceptRequest(deps, call, { process: syncImportBucketContract.process, requestedBy: call.who.userId, input: { ...input } });
    },
  };
}
