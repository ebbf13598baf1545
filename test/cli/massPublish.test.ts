import { afterEach, describe, expect, it } from 'vitest';
import type { MassPublish } from '#api/contracts/massPublishes.ts';
import type { Handlers } from '#api/router.ts';
import { noMassCounts } from '#domain/massPublish.ts';
import { phasesOf, publishRun, request, RUN_ID } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const AT = '2026-03-01T14:05:00.000Z';
function mass(changes: Partial<MassPublish> = {}): MassPublish {
  return {
    id: RUN_ID, kind: 'publish', version: 'live', state: 'succeeded', isPaused: false, window: 4, filter: { names: null, starter: null, source: null }, builtFrom: null, sites: 3, counts: { ...noMassCounts, succeeded: 3 }, summary: '3 of 3 sites published',
    requestedBy: null, startedAt: AT, endedAt: AT, estimatedEndAt: null, reason: null, undoes: null, undoneBy: null, can: { pause: false, resume: false, cancel: false, changeWindow: false, retryFailed: false, undo: true }, temporalUrl: null,
    ...changes,
  };
}
const failed = mass({ state: 'failed', counts: { ...noMassCounts, succeeded: 2, failed: 1 }, summary: '2 of 3 sites published, 1 failed', reason: { code: 'PublishFailed', message: '1 site could not be published; each says why.' } });
const line = { site: { name: 'algebra', title: 'Algebra' }, state: 'failed' as const, attempt: 1, runId: RUN_ID, reason: 'Hugo says no.', askedAt: AT, endedAt: AT };

/** A studio with one mass publish; `bodies` is what was asked for. */
function studioWith(it: MassPublish, preview: { sites?: number; refusal?: string | null; leftOut?: string[] } = {}): { readonly handlers: Partial<Handlers>; readonly bodies: unknown[] } {
  const bodies: unknown[] = [];
  const steered = (name: string) => async ({ params }: { params: { run: string } }): Promise<MassPublish> => {
    bodies.push([name, params.run]);
    return it;
  };
  return {
    bodies,
    handlers: {
      'POST /api/v1/mass-publishes/preview': async () => ({ sites: 3, first: ['algebra', 'calculus'], leftOut: [], window: 4, refusal: null, ...preview }),
      'POST /api/v1/mass-publishes': async ({ body }) => {
        bodies.push(body);
        return request({ process: 'mass-publish', site: null, version: 'live', runId: null, state: 'engine', message: 'Waiting for the engine.' });
      },
      'GET /api/v1/requests/:request': async () => request({ process: 'mass-publish', site: null, version: 'live' }),
      'GET /api/v1/runs/:run': async () => publishRun({ process: 'mass-publish', title: 'Mass publish', site: null, version: 'live', url: null, state: it.state, phases: phasesOf('mass-publish', 2) }),
      'GET /api/v1/mass-publishes': async () => ({ total: 1, massPublishes: [it] }),
      'GET /api/v1/mass-publishes/:run': async () => it,
      'GET /api/v1/mass-publishes/:run/sites': async ({ query }) => ({ total: 1, sites: query.state === 'failed' ? [line] : [] }),
      'POST /api/v1/mass-publishes/:run/pause': steered('pause'),
      'POST /api/v1/mass-publishes/:run/resume': steered('resume'),
      'POST /api/v1/mass-publishes/:run/cancel': steered('cancel'),
      'POST /api/v1/mass-publishes/:run/retry-failed': steered('retry'),
      'POST /api/v1/mass-publishes/:run/window': async ({ params, body }) => {
        bodies.push([params.run, body]);
        return it;
      },
      'POST /api/v1/mass-publishes/:run/undo': async () => request({ process: 'mass-publish', site: null, version: 'live' }),
    },
  };
}

describe('studio mass-publish', () => {
  it('says which sites it would be, and asks for none', async () => {
    const { handlers, bodies } = studioWith(mass(), { leftOut: ['never'] });
    api = await startApi(handlers);
    expect((await runStudio(api.url, ['mass-publish', 'live', '--dry-run'])).out).toBe('It would publish 3 live sites, 4 at once: algebra, calculus and 1 more.\nLeft out, because they cannot be published with others: never.\n');
    expect(bodies).toEqual([]);
  });

  it('hands on everything it is told', async () => {
    const { handlers, bodies } = studioWith(mass());
    api = await startApi(handlers);
    const outcome = await runStudio(api.url, ['mass-publish', 'live', '--filter', 'algebra, calculus', '--starter', 'course', '--source', 'ocw-import', '--window', '7', '--yes']);
    expect(outcome).toMatchObject({ code: 0, out: expect.stringMatching(/^Asked for the publish of 3 live sites \([0-9a-f-]{36}\)\. Waiting for the engine\.\n$/) as string });
    expect(bodies).toEqual([{ version: 'live', filter: ['algebra', 'calculus'], starter: 'course', source: 'ocw-import', window: 7 }]);
  });

  it('is refused before it asks, with the studio’s reason', async () => {
    const { handlers, bodies } = studioWith(mass(), { refusal: 'One is at work.' });
    api = await startApi(handlers);
    expect(await runStudio(api.url, ['mass-publish', 'live', '--yes'])).toEqual(failure('One is at work.'));
    expect(bodies).toEqual([]);
  });

  it('waits for the end, names the sites that failed, and ends with 1', async () => {
    api = await startApi(studioWith(failed).handlers);
    const outcome = await runStudio(api.url, ['mass-publish', 'live', '--yes', '--wait', '--json']);
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.out)).toMatchObject({ state: 'failed', counts: { failed: 1 }, troubled: [{ site: { name: 'algebra' }, reason: 'Hugo says no.' }] });
  });

  it('says of the newest how far it is', async () => {
    api = await startApi(studioWith({ ...failed, state: 'running', isPaused: true, estimatedEndAt: AT }).handlers);
    expect((await runStudio(api.url, ['mass-publish', 'status'])).out).toBe(`Mass publish (live) ${RUN_ID}: paused. 2 of 3 sites published, 1 failed, done about 2026-03-01 14:05 UTC.\n  algebra  failed  Hugo says no.\n`);
    expect((await runStudio(api.url, ['mass-publish', 'list'])).out).toBe(`${RUN_ID}  publish  live  paused  2026-03-01 14:05 UTC  2 of 3 sites published, 1 failed\n`);
  });

  it('names the themes and projects its sites are built from', async () => {
    api = await startApi(studioWith(mass({ builtFrom: { themesCommit: 'c0ffee00'.repeat(5), projectsCommit: 'beefbeef'.repeat(5) } })).handlers);
    expect((await runStudio(api.url, ['mass-publish', 'status'])).out).toContain('Every site is built from the themes at c0ffee00 and the projects at beefbeef.\n');
  });

  it('steers one, and refuses what is no id or no window', async () => {
    const { handlers, bodies } = studioWith(mass());
    api = await startApi(handlers);
    for (const name of ['pause', 'resume', 'cancel', 'retry']) expect((await runStudio(api.url, ['mass-publish', name, RUN_ID])).code).toBe(0);
    await runStudio(api.url, ['mass-publish', 'window', RUN_ID, '9']);
    expect(bodies).toEqual([...['pause', 'resume', 'cancel', 'retry'].map((name) => [name, RUN_ID]), [RUN_ID, { window: 9 }]]);
    expect((await runStudio(api.url, ['mass-publish', 'pause', 'algebra'])).code).toBe(2);
    expect((await runStudio(api.url, ['mass-publish', 'window', RUN_ID, '51'])).code).toBe(2);
  });

  it('undoes one and waits', async () => {
    api = await startApi(studioWith(mass({ kind: 'undo', summary: '3 of 3 sites brought back' })).handlers);
    expect((await runStudio(api.url, ['mass-publish', 'undo', RUN_ID, '--wait'])).out).toBe(`Undo of a mass publish (live) ${RUN_ID}: succeeded. 3 of 3 sites brought back.\n`);
  });
});

describe('studio import-bucket sync', () => {
  const syncing = (bodies: unknown[]): Partial<Handlers> => ({
    'POST /api/v1/import-syncs': async ({ body }) => {
      bodies.push(body);
      return request({ process: 'sync-import-bucket', site: null, version: null });
    },
    'GET /api/v1/runs/:run': async () => publishRun({ process: 'sync-import-bucket', title: 'Import sync', site: null, version: null, url: null, phases: phasesOf('sync-import-bucket', 1), result: { dryRun: true, compared: 3, copied: 2, bytes: 5, keys: ['a.pdf', 'b.pdf'] } }),
  });

  it('asks for it, waits and prints the first keys', async () => {
    const bodies: unknown[] = [];
    api = await startApi(syncing(bodies));
    expect((await runStudio(api.url, ['import-bucket', 'sync'])).out).toBe('Asked for it. Its run has begun.\n');
    expect((await runStudio(api.url, ['import-bucket', 'sync', '--dry-run', '--wait'])).out).toBe('a.pdf\nb.pdf\n');
    expect(JSON.parse((await runStudio(api.url, ['import-bucket', 'sync', '--dry-run', '--wait', '--json'])).out)).toMatchObject({ state: 'succeeded', compared: 3, copied: 2 });
    expect(bodies).toEqual([{ dryRun: false }, { dryRun: true }, { dryRun: true }]);
  });
});
