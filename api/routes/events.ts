import { PassThrough } from 'node:stream';
import type { ChangeEvent } from '../contracts/events.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { findSiteByName } from '#db/queries/sites.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

/** A comment this often keeps proxies from closing an idle stream, milliseconds. Who listens is looked up anew with each. */
const HEARTBEAT_MS = 15_000;
/** A stream ends after this and the browser opens the next, milliseconds. */
const STREAM_LIFE_MS = 10 * 60_000;

export function eventRoutes(deps: ApiDeps, authentication: Authentication): Pick<Handlers, 'GET /api/v1/events'> {
  return {
    'GET /api/v1/events': async ({ query, who: opener, ctx }) => {
      const only = query.site === undefined ? undefined : (await visibleSite(deps, query.site, opener)).name;
      let who: Principal = opener;
      const stream = new PassThrough();
      ctx.req.socket.setTimeout(0);
      ctx.req.socket.setNoDelay(true);
      ctx.status = 200;
      // A proxy that compresses or collects what comes would hold it back.
      ctx.set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'private, no-store, no-transform', 'x-accel-buffering': 'no' });
      ctx.body = stream;
      stream.write('retry: 1000\n\n');
      const send = (change: ChangeEvent): void => {
        if (!stream.writableEnded && !stream.destroyed) stream.write(`event: change\ndata: ${JSON.stringify(change)}\n\n`);
      };
      // A browser that was connected before says so; what it missed is unknown, so everything is worth reading again.
      if (ctx.get('last-event-id') !== '') send({ kind: 'site', site: null, runId: null });

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
      // One after the other: a change that follows a change of rights is judged by the new ones.
      let queue = Promise.resolve();
      const enqueue = (work: () => Promise<void>): void => {
        queue = queue.then(work).catch((error: unknown) => deps.log.warn({ err: error }, 'A change could not be checked for a stream'));
      };
      const lookUpAgain = async (): Promise<void> => {
        const found = await authentication.principalNow(ctx);
        if (found === null) {
          stream.end();
          return;
        }
        who = found;
        maySee.clear();
      };

      const stops = [
        deps.changes.listen((change) => enqueue(async () => ((await isVisible(change)) ? send(change) : undefined))),
        deps.changes.listenToRights((userId) => {
          if (userId !== null && userId !== who.userId) return;
          enqueue(async () => {
            await lookUpAgain();
            if (userId !== null) send({ kind: 'site', site: null, runId: null });
          });
        }),
      ];
      const heartbeat = setInterval(() => {
        if (!stream.writableEnded) stream.write(': still here\n\n');
        enqueue(lookUpAgain);
      }, HEARTBEAT_MS);
      const end = setTimeout(() => stream.end(), STREAM_LIFE_MS);
      stream.on('close', () => {
        for (const stop of stops) stop();
        clearInterval(heartbeat);
        clearTimeout(end);
      });
      ctx.res.on('close', () => stream.destroy());
    },
  };
}
