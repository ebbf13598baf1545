import { PassThrough } from 'node:stream';
import type { ChangeEvent } from '../contracts/events.ts';
import type { ApiDeps } from '../deps.ts';
import { findSiteByName } from '#db/queries/sites.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

/** A comment this often keeps proxies from closing an idle stream, milliseconds. */
const HEARTBEAT_MS = 15_000;
/** Rights are looked up anew at least this often: a stream ends and the browser opens the next. */
const STREAM_LIFE_MS = 10 * 60_000;

export function eventRoutes(deps: ApiDeps): Pick<Handlers, 'GET /api/v1/events'> {
  return {
    'GET /api/v1/events': async ({ query, who, ctx }) => {
      const only = query.site === undefined ? undefined : (await visibleSite(deps, query.site, who)).name;
      const stream = new PassThrough();
      ctx.req.socket.setTimeout(0);
      ctx.req.socket.setNoDelay(true);
      ctx.status = 200;
      ctx.set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      ctx.body = stream;
      stream.write('retry: 1000\n\n');

      const maySee = new Map<string, boolean>();
      const isVisible = async (change: ChangeEvent): Promise<boolean> => {
        if (change.site === null) return change.kind === 'site' || studioPolicy.importSites(who);
        if (only !== undefined && change.site !== only) return false;
        const known = maySee.get(change.site);
        if (known !== undefined) return known;
        const site = await findSiteByName(deps.db, change.site);
        const may = site !== undefined && sitePolicy.see(who, site.id);
        maySee.set(change.site, may);
        return may;
      };
      const stop = deps.changes.listen((change) => {
        isVisible(change).then(
          (may) => {
            if (may && !stream.destroyed) stream.write(`event: change\ndata: ${JSON.stringify(change)}\n\n`);
          },
          (error: unknown) => deps.log.warn({ err: error }, 'A change could not be checked for a stream'),
        );
      });
      const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
      const end = setTimeout(() => stream.end(), STREAM_LIFE_MS);
      stream.on('close', () => {
        stop();
        clearInterval(heartbeat);
        clearTimeout(end);
      });
      ctx.req.on('close', () => stream.destroy());
    },
  };
}
