import type { NewsFeed, NewsItem } from '#clients/newsFeed.ts';
import type { ApiDeps } from '../deps.ts';
import type { CompatHandlers } from './compatRouter.ts';

/** How long an answer of the feed is good, in milliseconds. */
const FRESH_MS = 5 * 60_000;
/** How long a feed that does not answer is left alone. */
const PAUSE_MS = 30_000;

/**
 * The news of the home page. The root site’s build fails without an answer, so there always is one: when the feed
 * does not answer, what it said last, or no news.
 */
export function compatNews(deps: { readonly feed: NewsFeed; readonly log: ApiDeps['log']; readonly now: () => number }): Pick<CompatHandlers, 'GET /api/news/'> {
  let items: readonly NewsItem[] = [];
  let readAgainAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      items = await deps.feed.readItems();
      readAgainAt = deps.now() + FRESH_MS;
    } catch (error) {
      readAgainAt = deps.now() + PAUSE_MS;
      deps.log.warn({ err: error, shown: items.length }, 'The news feed could not be read; what it said last is shown');
    }
  }

  return {
    'GET /api/news/': async () => {
      if (deps.now() >= readAgainAt) {
        reading ??= read().finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return { items };
    },
  };
}
