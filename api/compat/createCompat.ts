import type Router from '@koa/router';
import { createNewsFeed } from '#clients/newsFeed.ts';
import { createSns } from '#clients/sns.ts';
import type { Audited } from '../audited.ts';
import type { ApiDeps } from '../deps.ts';
import { compatBuilds } from './builds.ts';
import { type CompatRouterOptions, createCompatRouter } from './compatRouter.ts';
import { compatNews } from './news.ts';
import { compatStarters } from './starters.ts';
import { compatTranscodeJobs } from './transcodeJobs.ts';
import { compatTranscriptionJobs } from './transcriptionJobs.ts';
import { compatWebsites } from './websites.ts';
import { compatYoutubeTokens } from './youtubeTokens.ts';

/** The part of the existing system’s API that its themes, builders and webhooks go on to call. */
export function createCompat(deps: ApiDeps, options: CompatRouterOptions & { readonly audited: Audited }): Router {
  const { audited } = options;
  const now = (): number => Date.now();
  const feed = createNewsFeed(deps.config.newsFeedAddress);
  const sns = createSns({ endpointUrl: deps.config.awsSnsEndpointUrl, now });
  return createCompatRouter(
    deps,
    {
      ...compatWebsites(deps, audited),
      ...compatBuilds(deps),
      ...compatNews({ feed, log: deps.log, now }),
      ...compatStarters(deps),
      ...compatYoutubeTokens(deps, audited),
      ...compatTranscodeJobs({ ...deps, sns }),
      ...compatTranscriptionJobs(deps),
    },
    options,
  );
}
