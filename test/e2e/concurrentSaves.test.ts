import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Item } from '#api/contracts/items.ts';
import { publishSiteProcess } from '#domain/processes.ts';
import { importSample } from '#test/support/sampleCourse.ts';
import { startStudio, type Run, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const PAGES = 10;
const SAVES = 100;

let studio: Studio;
beforeAll(async () => {
  studio = await startStudio();
  await studio.cliJson('starters', 'sync', '--wait');
});
afterAll(async () => {
  expect(studio.unexpectedEnds).toEqual([]);
  await studio.stop();
});

it('a hundred saves to one site at once, while it is published: no edit is lost, and no state goes back', async () => {
  const site = await importSample(studio, 'busy-course');
  const at = (item: string) => ({ params: { site: site.name, item } });
  const pages = (await studio.call('GET /api/v1/sites/:site/items', { params: { site: site.name }, query: { type: 'page', limit: PAGES, sort: 'title' } })).items;
  expect(pages).toHaveLength(PAGES);
  const before = new Map<string, Item>();
  for (const { textId } of pages) before.set(textId, await studio.call('GET /api/v1/sites/:site/items/:item', at(textId)));

  let conflicts = 0;
  /** Adds a line to a page as a person would: reads, edits, saves, and on a conflict begins anew from the newest. */
  async function edit(textId: string, line: string): Promise<void> {
    await until(`the edit ${line} is saved`, async () => {
      const { revision, markdown } = await studio.call('GET /api/v1/sites/:site/items/:item', at(textId));
      try {
        await studio.call('PATCH /api/v1/sites/:site/items/:item', { ...at(textId), body: { revision, markdown: `${markdown ?? ''}\n\n${line}\n` } });
        return true;
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes('answered 409') || !error.message.includes('revisionConflict')) throw error;
        conflicts += 1;
        return false;
      }
    }, { everyMs: 5 });
  }
  const wave = async (from: number, to: number): Promise<void> => {
    const edits = Array.from({ length: to - from }, (_, index) => edit(pages[(from + index) % PAGES]?.textId ?? '', `Edit number ${from + index}.`));
    await Promise.all(edits);
  };
  const revisionOfSite = async (): Promise<number> => Number((await studio.query<{ content_revision: string }>('select content_revision from sites where id = $1', [site.id]))[0]?.content_revision);

  // Something to commit, so that the publish writes down what main holds while the saves go on.
  await edit(pages[0]?.textId ?? '', 'The edit that is published.');
  const frozen = await revisionOfSite();
  const { id } = await studio.publish(site.name, 'live');
  const states: string[] = [];
  const watching = studio.untilRun(id, (run) => {
    states.push(`${run.state} ${run.phase ?? ''}`);
    return run.state !== 'running';
  });
  await until('the publish has taken its snapshot', async () => states.some((state) => !state.endsWith(' freeze') && state !== 'running '));
  // While its row is locked the run cannot go on to its end, however slow the saves are.
  const lock = await studio.connect();
  await lock.query('begin');
  await lock.query('select id from runs where id = $1 for update', [id]);
  await wave(0, SAVES / 2);
  expect(await studio.getRun(id)).toMatchObject({ state: 'running' });
  await lock.query('rollback');
  lock.release();
  // The other half meets the records of the commit, the build and the deploy.
  await wave(SAVES / 2, SAVES);
  const ended: Run = await watching;
  expect(ended).toMatchObject({ state: 'succeeded', reason: null });
  expect(new Set(states.map((state) => state.split(' ')[0]))).toEqual(new Set(['running', 'succeeded']));
  const order: readonly string[] = publishSiteProcess.phases.map(({ id }) => id);
  const seen = states.map((state) => order.indexOf(state.split(' ')[1] ?? ''));
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);

  expect(await revisionOfSite()).toBe(frozen + SAVES);
  for (const [index, { textId }] of pages.entries()) {
    const now = await studio.call('GET /api/v1/sites/:site/items/:item', at(textId));
    for (let number = index; number < SAVES; number += PAGES) expect(now.markdown).toContain(`\nEdit number ${number}.\n`);
    expect(now.revision).toBe((before.get(textId)?.revision ?? 0) + SAVES / PAGES + (index === 0 ? 1 : 0));
    expect({ ...now, markdown: '', revision: 0, updatedAt: '', updatedBy: null, reason: '' }).toEqual({ ...before.get(textId), markdown: '', revision: 0, updatedAt: '', updatedBy: null, reason: '' });
  }
  // Whoever saved over another's revision was told.
  expect(conflicts).toBeGreaterThan(0);
  const live = async () => (await studio.call('GET /api/v1/sites/:site', { params: { site: site.name } })).live;
  expect(await live()).toMatchObject({ state: 'published', hasUnpublishedChanges: true, runId: id });

  expect(await studio.untilRun((await studio.publish(site.name, 'live')).id)).toMatchObject({ state: 'succeeded' });
  expect(await live()).toMatchObject({ state: 'published', hasUnpublishedChanges: false });
  const clone = mkdtempSync(join(tmpdir(), 'ocw-busy-'));
  try {
    await promisify(execFile)('git', ['clone', '--quiet', '--branch', 'release', studio.cloneUrl(site.shortId), clone]);
    for (const { textId, path } of pages) expect(readFileSync(join(clone, path), 'utf8').endsWith(`\n---\n${(await studio.call('GET /api/v1/sites/:site/items/:item', at(textId))).markdown ?? ''}`)).toBe(true);
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
});

it('an import knows what its items name', async () => {
  const site = await importSample(studio, 'named-course');
  const [counted] = await studio.query<{ count: string }>('select count(*) as count from content_references r join content_items i on i.id = r.item_id where i.site_id = $1', [site.id]);
  expect(Number(counted?.count)).toBeGreaterThan(20);
  const rebuilt = await studio.call('POST /api/v1/sites/:site/references/rebuild', { params: { site: site.name } });
  expect(rebuilt.references).toBe(Number(counted?.count));
});
