import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type Hugo, type HugoBuild, HugoError } from '#clients/hugo.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { type HugoFolders, parseHugoOutput } from '#domain/hugoErrors.ts';
import { createHugoWatch } from '#domain/hugoWatch.ts';
import type { Problem } from '#domain/runs.ts';

/** Longer than Hugo takes to see a change and build it, milliseconds. */
const CHANGE_BOUND_MS = 20_000;
/** Kilobytes of a page of memory, on every machine Hugo runs on here. */
const PAGE_KB = 4;

/** Hugo's server wants a host in its base address, where a publish has none: it is taken out of what is shown. */
const NOBODY = 'http://preview.invalid';

interface Running {
  readonly end: AbortController;
  readonly ended: Promise<void>;
  /** Resolves when it sees what changes, or has ended. */
  readonly settled: Promise<void>;
  pid?: number;
  port?: number;
  isWatching: boolean;
}

/** One Hugo that builds what changes, again and again; where it ended (its first build failed, it crashed) the next change starts another. */
export function createPreviewHugo(hugo: Pick<Hugo, 'watch'>, given: { readonly build: Omit<HugoBuild, 'abortSignal' | 'baseUrl' | 'destination'>;
  /** Where the site stands, with a slash at both ends. */
  readonly basePath: string; readonly folders: HugoFolders; readonly cacheMb: number; readonly firstBuildMs: number }) {
  let running: Running | undefined;
  /** Builds that went well: the last of them is what can be seen. */
  let builds = 0;
  let fault: Problem | null = null;
  /** What keeps it from running at all. */
  let broken: { readonly error: unknown } | undefined;
  let isStopped = false;
  /** Those who wait for a build that begins after they asked. */
  const waiting = new Set<{ hasBegun: boolean; readonly done: () => void }>();

  function builtNow(output: string): void {
    // After a build that failed Hugo goes on to count its errors in those that are well.
    fault = parseHugoOutput(output.replace(/^ERROR Rebuild failed: /gm, 'Error: error building site: '), given.folders).errors[0] ?? null;
    if (fault === null) builds += 1;
    for (const each of waiting) if (each.hasBegun) each.done();
  }

  function start(): Running {
    const end = new AbortController();
    let isLate = false;
    let settle: () => void = () => undefined;
    const watch = createHugoWatch((event) => {
      if (event.kind === 'building') for (const each of waiting) each.hasBegun = true;
      else if (event.kind === 'built' && current.isWatching) builtNow(event.output);
      else if (event.kind === 'watching') {
        current.isWatching = true;
        builtNow('');
        settle();
      }
    });
    const settled = new Promise<void>((resolve) => (settle = resolve));
    const serve = async (): Promise<unknown> => {
      const port = await freePort();
      current.port = port;
      return hugo.watch({ ...given.build, baseUrl: `${NOBODY}${given.basePath}`, abortSignal: end.signal }, { port, cacheMb: given.cacheMb, begun: (pid) => (current.pid = pid), said: (text) => watch.take(text) });
    };
    const ended = Promise.resolve().then(serve).then(
      () => {
        fault = parseHugoOutput(watch.said(), given.folders).errors[0] ?? { message: 'Hugo ended without saying why.' };
      },
      (error: unknown) => {
        if (isLate) broken = { error: new HugoError('timedOut', watch.said()) };
        else if (!end.signal.aborted) broken = { error };
      },
    );
    const current: Running = { end, ended, settled, isWatching: false };
    running = current;
    broken = undefined;
    const late = setTimeout(() => {
      isLate = true;
      end.abort(new Error('The first build takes too long'));
    }, given.firstBuildMs);
    void settled.then(() => clearTimeout(late));
    void ended.then(() => {
      if (running === current) running = undefined;
      settle();
      for (const each of waiting) each.done();
    });
    return current;
  }

  async function end(why: string): Promise<void> {
    running?.end.abort(new Error(why));
    await running?.ended;
  }

  return {
    builds: (): number => builds,
    fault: (): Problem | null => fault,

    /**
     * Waits for the build of what was written just now, however it ends.
     * @throws what keeps Hugo from running at all.
     */
    async built(): Promise<void> {
      // Until it watches, a change goes unseen: what it reads meanwhile may be the old text or the new one.
      while (running !== undefined && !running.isWatching) {
        await running.settled;
        await end('Hugo is started anew for what was written while it started');
      }
      if (isStopped) return;
      if (running === undefined) await start().settled;
      else {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            waiting.delete(each);
            resolve();
          };
          const timer = setTimeout(done, CHANGE_BOUND_MS);
          const each = { hasBegun: false, done };
          waiting.add(each);
        });
      }
      if (broken !== undefined) throw broken.error;
    },

    /** A file of the site as readers would get it; null when there is none, or nobody serves just now. */
    async file(key: string): Promise<{ readonly bytes: Buffer; readonly contentType: string } | null> {
      if (running?.port === undefined) return null;
      const path = key.replace(/(^|\/)index\.html$/, '$1').split('/').map(encodeURIComponent).join('/');
      // What it redirects is no file of the site's.
      const answer = await fetch(`http://127.0.0.1:${running.port}${given.basePath}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(CHANGE_BOUND_MS) });
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (answer.status !== 200) return null;
      const contentType = contentTypeOf(key);
      return { contentType, bytes: /^text\/|json|xml|javascript/.test(contentType) ? Buffer.from(bytes.toString('utf8').replaceAll(NOBODY, '')) : bytes };
    },

    /** Megabytes it has in memory; null where nobody can say. */
    async memoryMb(): Promise<number | null> {
      if (running?.pid === undefined) return null;
      const pages = await readFile(`/proc/${running.pid}/statm`, 'utf8').then((text) => Number(text.split(' ')[1]), () => NaN);
      return Number.isFinite(pages) ? (pages * PAGE_KB) / 1_024 : null;
    },

    /** Ends it and starts it again. */
    async restart(): Promise<void> {
      await end('Hugo is started anew');
      if (!isStopped) await start().settled;
    },

    /** Ends it for good. */
    async stop(): Promise<void> {
      isStopped = true;
      await end('The preview has ended');
    },
  };
}

/** A port of this machine that nobody has. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('unreachable: a listener has an address');
  return address.port;
}
