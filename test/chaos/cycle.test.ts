import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '#api/contracts/client.ts';
import { publishSiteProcess, unpublishSiteProcess, type PublishPhaseId, type UnpublishPhaseId } from '#domain/processes.ts';
import { ROOT } from '#local/setup.mjs';
import { createLearn } from '#local/standins/learn/createLearn.mjs';
import { createTemporalClient } from '#temporal/client.ts';
import { notifyLearnContract } from '#temporal/contracts/notifyLearn.ts';
import { isFullSize } from '#test/support/corpus.ts';
import { type Held, killIn } from '#test/support/held.ts';
import { promisedHashes, servedHashes } from '#test/support/promisedHashes.ts';
import { importSample, savePage, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Run, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';
import { holdPublish, publishPhases, rollbackPhases } from './support/holdPublish.ts';
import { holdUnpublish, unpublishPhases } from './support/holdUnpublish.ts';

const KEY = 'learn-key';
const HOOK = '/api/v1/ocw_next_webhook/';

/** In which phase the worker dies: of the publish that brings a course out, of the rollback after the next one, of the unpublish. */
interface Deaths {
  readonly publish: PublishPhaseId;
  readonly rollback: PublishPhaseId;
  readonly unpublish: UnpublishPhaseId;
}

/** Twice round for each course: its first publish, and the one that brings it back. */
interface Loop {
  readonly first: Deaths;
  readonly again: Deaths;
}

const nth = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('The list is empty');
  return found;
};
const deathsOf = (index: number, shift: number): Deaths => ({ publish: nth(publishPhases, index), rollback: nth(rollbackPhases, index + shift), unpublish: nth(unpublishPhases, index + shift) });
const loops: readonly Loop[] = isFullSize
  ? publishPhases.map((_phase, index) => ({ first: deathsOf(index, 0), again: deathsOf(index, 3) }))
  : [{ first: { publish: 'prepublish', rollback: 'deploy', unpublish: 'remove' }, again: { publish: 'purge', rollback: 'purge', unpublish: 'unlist' } }];

describe('a course that is published, published again, rolled back and unpublished, round and round', () => {
  const catalogues = [createLearn({ webhookKey: KEY }), createLearn({ webhookKey: KEY })];
  let studio: Studio;
  let temporal: ReturnType<typeof createTemporalClient>;
  let ada: Call;
  beforeAll(async () => {
    const receivers = await Promise.all(catalogues.map(async (catalogue) => `${await catalogue.listen()}${HOOK}`));
    studio = await startStudio({
      proxyS3: true,
      // Where there was nothing a moment ago readers meet what is there now: only what the CDN keeps of pages is looked at.
      env: { OPEN_CATALOG_URLS: receivers.join(','), OPEN_CATALOG_WEBHOOK_KEY: KEY, FASTLY_STANDIN_MISSING_SECONDS: '0' },
    });
    temporal = createTemporalClient({ temporalAddress: studio.stack.temporalAddress, temporalNamespace: studio.stack.temporalNamespace, temporalApiKey: undefined, temporalTls: false });
    ada = await studio.signIn('ada');
    await studio.cliJson('starters', 'sync', '--wait');
    await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
    expect(await studio.untilRun((await studio.publish('ocw-www', 'live')).id)).toMatchObject({ state: 'succeeded' });
  });
  afterAll(async () => {
    await temporal.connection.close();
    await studio.stop();
    for (const catalogue of catalogues) await catalogue.close();
  });

  const pageOf = (site: SampleSite): string => `${studio.stack.liveSiteUrl}/${site.urlPath}/pages/assignments/`;

  /** What readers get of the page that is changed. */
  async function read(site: SampleSite): Promise<{ status: number; text: string; cache: string | null }> {
    const answer = await fetch(pageOf(site));
    return { status: answer.status, text: await answer.text(), cache: answer.headers.get('x-cache') };
  }

  /** Has the CDN keep the page, if there is one: who forgets to purge it leaves it to readers. */
  async function keepInCdn(site: SampleSite): Promise<void> {
    await read(site);
    const kept = await read(site);
    expect(kept.cache).toBe(kept.status === 200 ? 'HIT' : 'MISS');
  }

  /** What became known of the course outside, by the end of each event. */
  interface Told {
    published: number;
    unpublished: number;
    mailed: string[];
  }

  /** Waits until everybody who is to be told of a run was told, then says that nobody was told twice. */
  async function assertTold(site: SampleSite, run: Run, told: Told): Promise<void> {
    await until('the catalogues are told', async () => (await Promise.all(catalogues.map((_catalogue, index) => temporal.workflow.getHandle(notifyLearnContract.workflowId(run.id, index)).describe()))).every(({ status }) => status.name === 'COMPLETED'));
    const ofCourse = catalogues.map(({ notices }) => ({
      published: notices.filter((notice) => notice['prefix'] === `${site.urlPath}/`).length,
      unpublished: notices.filter((notice) => notice['unpublished'] === true && notice['site_uid'] === site.id.replaceAll('-', '')).length,
    }));
    expect(ofCourse).toEqual(catalogues.map(() => ({ published: told.published, unpublished: told.unpublished })));
    await until('every mail is sent', async () => (await studio.query(`select 1 from mails where state in ('queued', 'sending')`)).length === 0);
    const { mails } = (await (await fetch(`${studio.stack.mailboxUrl ?? ''}/_mails`)).json()) as { mails: { to: string; subject: string; text: string }[] };
    const ofSite = mails.filter(({ subject }) => subject.startsWith(`${site.name}: `));
    expect(ofSite.map(({ to, text }) => [to.includes('ada@example.edu'), /\/runs\/(\S+)/.exec(text)?.[1]])).toEqual(told.mailed.map((id) => [true, id]));
  }

  /** Whether each branch of the root site’s repository lists the course. */
  async function listedOn(site: SampleSite): Promise<boolean[]> {
    return Promise.all(['main', 'preview', 'release'].map(async (branch) => (await studio.readFile('ocw-www', branch, `content/websites/${site.shortId}.md`)) !== null));
  }

  /** Whether everything of the root site is out, and nobody is at work on it. */
  async function isRootOut(): Promise<boolean> {
    const { live } = await studio.call('GET /api/v1/sites/:site', { params: { site: 'ocw-www' } });
    return !live.hasUnpublishedChanges && (await studio.call('GET /api/v1/runs', { query: { site: 'ocw-www', state: 'running' } })).total === 0;
  }

  async function assertEnded(id: string, phases: readonly string[]): Promise<Run> {
    const run = await studio.untilRun(id);
    expect(run).toMatchObject({ state: 'succeeded', reason: null });
    expect(run.phases.map((phase) => `${phase.id} ${phase.state}`)).toEqual(phases);
    return run;
  }

  const looksAt = async (site: SampleSite) => (await studio.journal('liveSite')).filter(({ method, path }) => method === 'GET' && path.startsWith(`/${site.urlPath}/`));

  /** The bucket has what the manifest says and readers get the words; the CDN was emptied after the last write and before anybody looked. */
  async function assertOut(site: SampleSite, words: string, { since, looks }: { since: number; looks: number }): Promise<Map<string, string>> {
    const served = await servedHashes(studio, `${site.urlPath}/`);
    const promised = await promisedHashes(studio, site.id);
    expect(promised.size).toBeGreaterThan(20);
    expect([...served].sort()).toEqual([...promised].sort());
    const journal = async (standIn: string, match: RegExp) => (await studio.journal(standIn)).filter((entry) => entry.at >= since && match.test(`${entry.method} ${entry.path}`));
    const written = (await journal('s3Proxy', new RegExp(`^PUT /${studio.stack.buckets.publish}/${site.urlPath}/`))).at(-1)?.at ?? Infinity;
    const looked = (await looksAt(site))[looks]?.at ?? 0;
    const purges = (await journal('fastly', new RegExp(`^POST /service/[^/]+/purge/${site.name}$`))).filter((purge) => purge.status === 200 && purge.fault === undefined && purge.at >= written && purge.at <= looked);
    expect(purges.length, `purges between ${written} and ${looked}`).toBeGreaterThan(0);
    expect(await read(site)).toMatchObject({ status: 200, text: expect.stringContaining(words) as string });
    return served;
  }

  const allDone = publishSiteProcess.phases.map(({ id }) => `${id} done`);
  const rolledBack = publishSiteProcess.phases.map(({ id }) => `${id} ${rollbackPhases.includes(id) ? 'done' : 'skipped'}`);
  const runsOf = async (site: SampleSite): Promise<number> => (await studio.query(`select 1 from runs where site_id = $1 and process in ('publish-site', 'unpublish-site')`, [site.id])).length;

  it.each(loops)(
    'is whole each time: killed in $first.publish, $first.rollback and $first.unpublish, then in $again.publish, $again.rollback and $again.unpublish',
    async (loop) => {
      const site = await importSample(studio, `loop-${loop.first.publish}`);
      const told: Told = { published: 0, unpublished: 0, mailed: [] };
      let runs = 0;

      /** Asks for what is held and kills the worker there, or lets it be. @returns the run that took it, when it was asked for, and how often the CDN was asked by then. */
      async function ask(request: () => Promise<{ id: string }>, death?: { phase: string; held: Held; alsoWhen?: (runId: string) => Promise<unknown> }): Promise<{ id: string; since: number; looks: number }> {
        await keepInCdn(site);
        const looks = (await looksAt(site)).length;
        const since = Date.now();
        const { id } = await studio.runOf((await request()).id);
        await death?.alsoWhen?.(id);
        if (death !== undefined) await killIn(studio, id, death.phase, death.held);
        return { id, since, looks };
      }

      async function publish(words: string, phase?: PublishPhaseId): Promise<{ run: Run; bytes: Map<string, string> }> {
        await savePage(studio, site, words);
        const death = phase === undefined ? undefined : { phase, held: await holdPublish(studio, { site, version: 'live', phase, pages: 3 }) };
        const { id, ...asked } = await ask(() => ada('POST /api/v1/sites/:site/publishes', { params: { site: site.name }, body: { version: 'live' } }), death);
        const run = await assertEnded(id, allDone);
        const bytes = await assertOut(site, words, asked);
        await until('the root site lists it', async () => (await listedOn(site)).every((isListed) => isListed));
        told.published += 1;
        told.mailed.push(id);
        await assertTold(site, run, told);
        expect(await runsOf(site)).toBe((runs += 1));
        return { run, bytes };
      }

      async function rollBack(to: { run: Run; bytes: Map<string, string> }, words: string, phase: PublishPhaseId): Promise<void> {
        const held = await holdPublish(studio, { site, version: 'live', phase, pages: 1, from: to.run.id });
        const { id, ...asked } = await ask(() => ada('POST /api/v1/sites/:site/rollbacks', { params: { site: site.name }, body: { version: 'live', runId: to.run.id } }), { phase, held });
        const run = await assertEnded(id, rolledBack);
        expect(await assertOut(site, words, asked)).toEqual(to.bytes);
        told.published += 1;
        told.mailed.push(id);
        await assertTold(site, run, told);
        expect(await runsOf(site)).toBe((runs += 1));
      }

      async function unpublish(phase: UnpublishPhaseId): Promise<void> {
        const held = await holdUnpublish(studio, site, phase);
        const noticesEnd = (runId: string) => until('the catalogues are told', async () => (await temporal.workflow.getHandle(notifyLearnContract.workflowId(runId, catalogues.length - 1)).describe()).status.name === 'COMPLETED');
        const { id } = await ask(() => ada('POST /api/v1/sites/:site/unpublish', { params: { site: site.name } }), { phase, held, ...(phase === 'record' ? { alsoWhen: noticesEnd } : {}) });
        const run = await assertEnded(id, unpublishSiteProcess.phases.map((each) => `${each.id} done`));
        expect([...(await servedHashes(studio, `${site.urlPath}/`)).keys()]).toEqual([]);
        expect(await promisedHashes(studio, site.id)).toEqual(new Map());
        expect((await read(site)).status).toBe(404);
        await until('the root site is out without it', async () => !(await listedOn(site)).includes(true) && (await isRootOut()), { withinMs: 120_000 });
        told.unpublished += 1;
        await assertTold(site, run, told);
        expect(await runsOf(site)).toBe((runs += 1));
      }

      for (const [round, deaths] of [loop.first, loop.again].entries()) {
        const earlier = await publish(`Words of round ${round}.`, deaths.publish);
        await publish(`Later words of round ${round}.`);
        await rollBack(earlier, `Words of round ${round}.`, deaths.rollback);
        await unpublish(deaths.unpublish);
      }
    },
    600_000,
  );
});
