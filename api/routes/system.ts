import { findDriveChanges } from '#db/queries/driveChanges.ts';
import { driveEgressToday } from '#db/queries/driveEgress.ts';
import { adoptInstallation, readInstallation } from '#db/queries/installation.ts';
import { createConcourse } from '#clients/concourse.ts';
import { listSitesBuiltOtherwise } from '#db/queries/sites.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { isDriveSetUp } from '../isDriveSetUp.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

/** Sites that are named of those another builder has. */
const NAMED_SITES = 10;

export interface PartState {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

/** Whether the parts the API itself talks to answer now. */
export async function readParts(deps: ApiDeps): Promise<PartState[]> {
  const [database, engine, store] = await Promise.all([
    deps.db.raw('select 1').then(() => true, () => false),
    deps.engine.isUp(),
    deps.s3.exists(deps.config.buildStoreBucket, 'health').then(() => true, () => false),
  ]);
  return [
    { name: 'Database', ok: database, message: database ? 'answers' : 'does not answer' },
    { name: 'Engine (Temporal)', ok: engine, message: engine ? 'answers' : 'does not answer: requests are kept and delivered when it is back' },
    { name: 'File store (S3)', ok: store, message: store ? 'answers' : 'does not answer' },
  ];
}

export function systemRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/system' | 'POST /api/v1/system/adopt'> {
  const { config, db } = deps;
  const hasConcourse = createConcourse(config) !== null;
  return {
    'GET /api/v1/system': async ({ who }) => {
      const owner = await readInstallation(db, config.studioInstallation);
      return {
        version: deps.version,
        installation: owner,
        outwardEffects: owner === config.studioInstallation,
        parts: await readParts(deps),
        temporalUiUrl: studioPolicy.inspect(who) ? (config.temporalUiUrl ?? null) : null,
        builder: {
          usual: config.publishBuilder,
          hasConcourse,
          others: studioPolicy.seeAllSites(who) ? await listSitesBuiltOtherwise(db, config.publishBuilder, NAMED_SITES) : null,
        },
        driveEgress: !isDriveSetUp(config) ? null : { bytes: await driveEgressToday(db), limitBytes: config.driveDailyEgressBytes === 0 ? null : config.driveDailyEgressBytes },
        driveWatchedAt: config.driveSharedId === undefined ? null : ((await findDriveChanges(db, config.driveSharedId))?.readAt.toISOString() ?? null),
        draftSiteUrl: config.draftSiteUrl,
        liveSiteUrl: config.liveSiteUrl,
      };
    },
    'POST /api/v1/system/adopt': async ({ who, note }) => {
      note({ from: await readInstallation(db, config.studioInstallation), to: config.studioInstallation });
      if (!studioPolicy.adopt(who)) throw new ApiError('forbidden', 'Only a global admin may adopt the installation.');
      await adoptInstallation(db, config.studioInstallation);
      deps.log.warn({ by: who.userId ?? who.name, installation: config.studioInstallation }, 'The installation was adopted: outward effects are on');
      return { installation: config.studioInstallation };
    },
  };
}
