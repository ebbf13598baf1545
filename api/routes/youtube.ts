import { latestSpending } from '#db/queries/youtubeSpending.ts';
import { pacificDayOf } from '#domain/youtubeQuota.ts';
import { youtubeQuotaContract } from '#temporal/contracts/youtubeQuota.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';

export function youtubeRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/youtube' | 'POST /api/v1/youtube/resumptions'> {
  const { db, config, engine } = deps;

  return {
    'GET /api/v1/youtube': async ({ who }) => {
      if (!studioPolicy.manageYoutube(who)) throw new ApiError('forbidden', 'Only a global admin may see what YouTube lets the studio do.');
      const today = pacificDayOf(Date.now());
      const buckets = await latestSpending(db);
      return {
        isConfigured: config.ytClientId !== undefined && config.ytClientSecret !== undefined && config.ytRefreshToken !== undefined,
        // What an earlier day left counts no more, but for what a person has to mend.
        buckets: buckets.filter(({ day, reason, until }) => day === today || (reason !== null && until === null)),
      };
    },

    'POST /api/v1/youtube/resumptions': async ({ who, note }) => {
      note({ process: youtubeQuotaContract.process });
      if (!studioPolicy.manageYoutube(who)) throw new ApiError('forbidden', 'Only a global admin may say that YouTube goes on.');
      await engine.youtubeMended();
      return {};
    },
  };
}
