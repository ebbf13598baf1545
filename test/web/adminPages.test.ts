import type { Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { pathTo } from '../../web/src/pages/routes.ts';
import type { AdminFixture } from './support/adminFixture.ts';
import { ago, newId } from './support/world.ts';
import { chromium, useStudioTab } from './support/studioTab.ts';

describe.skipIf(chromium === undefined)('administration', { timeout: 90_000 }, () => {
  const studio = useStudioTab();
  const { visit, focused, posts } = studio;
  let admin: AdminFixture;

  beforeEach(() => {
    ({ admin } = studio.api);
  });

  const list = (name: string): Locator => studio.tab.getByRole('list', { name, exact: true });
  const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
  const words = async (of: Locator): Promise<string> => inOneLine(await of.innerText());
  const lines = async (name: string): Promise<string[]> => (await list(name).locator(':scope > li').allInnerTexts()).map(inOneLine);
  const asked = (path: string): string[] => studio.api.asked.filter((line) => line.startsWith(`GET ${path}`));

  describe('the audit log', () => {
    test('is one sentence per line: who, in whose name, did what to which site, and what came of it', async () => {
      await visit(pathTo('audit'));
      await expect.poll(() => lines('Entries')).toHaveLength(3);
      const [publish, role, captions] = await lines('Entries');
      expect(publish).toMatch(/^Ada Okafor asked for a publish, site ‘matrix-methods’: Production\. from 192\.0\.2\.7 Site matrix-methods Done /);
      expect(role).toContain('Lee Sandoval, acting as Ada Okafor, gave a role, site ‘matrix-methods’: editor to new@example.edu.');
      expect(captions).toContain('Captions of a video ordered captions, site ‘matrix-methods’: $72.50. by itself · What came of it is not known.');
      await studio.tab.getByRole('link', { name: 'Older' }).click();
      await expect.poll(() => lines('Entries')).toHaveLength(2);
      const [refused, failed] = await lines('Entries');
      expect(refused).toContain('Ada Okafor took a site offline, site ‘gone-course’. It was refused: the right to do that was missing. · from 192.0.2.7 Refused');
      expect(failed).toContain('operator retried a run: Import sync. by a token · It failed: something in the studio was broken.');
      await studio.tab.getByRole('link', { name: 'Newest' }).click();
      await expect.poll(() => lines('Entries')).toHaveLength(3);
    });

    test('is narrowed by an address one can share, and exported as it is narrowed', async () => {
      await visit(pathTo('audit'));
      await studio.tab.getByLabel('Person (name or e-mail)').fill('Ada');
      await studio.tab.getByLabel('From the day').fill('2026-03-01');
      await studio.tab.getByRole('button', { name: 'Show', exact: true }).click();
      await expect.poll(() => new URL(studio.tab.url()).search).toBe('?person=Ada&since=2026-03-01');
      await expect.poll(() => asked('/api/v1/audit?').at(-1)).toContain('person=Ada');
      const since = await studio.tab.evaluate(() => new Date(2026, 2, 1).toISOString());
      expect(new URL(asked('/api/v1/audit?').at(-1)?.slice(4) ?? '', studio.api.url).searchParams.get('since')).toBe(since);
      await studio.tab.getByLabel('What came of it').selectOption('Refused');
      await expect.poll(() => lines('Entries')).toHaveLength(1);
      const csv = new URL((await studio.tab.getByRole('link', { name: 'Export as CSV' }).getAttribute('href')) ?? '', studio.api.url);
      expect([csv.pathname, Object.fromEntries(csv.searchParams)]).toEqual(['/api/v1/audit.csv', { person: 'Ada', since, outcome: 'refused' }]);
      await studio.tab.getByRole('link', { name: 'Show everything' }).click();
      await expect.poll(() => lines('Entries')).toHaveLength(3);
    });

    test('of a site is for who answers for it, and others read why they do not see it', async () => {
      await visit(pathTo('site', { site: 'matrix-methods' }));
      await studio.tab.getByRole('link', { name: 'History', exact: true }).click();
      await expect.poll(() => lines('Entries')).toHaveLength(3);
      expect((await lines('Entries')).join(' ')).not.toContain('192.0.2.7');
      await studio.tab.getByRole('navigation', { name: 'What' }).getByRole('link', { name: 'Spending' }).click();
      await expect.poll(() => lines('Entries')).toHaveLength(1);
      studio.api.refusals.set('GET /api/v1/sites/:site/audit', { code: 'forbidden', message: 'Only an owner or admin of the site reads what was done to it and by whom. Ask one of them.' });
      await visit(pathTo('siteAudit', { site: 'matrix-methods' }, { kind: 'right' }));
      await studio.tab.getByText('Ask one of them.').waitFor();
    });
  });

  describe('runs', () => {
    test('are counted by state and narrowed by process, version, person and time', async () => {
      await visit('/runs');
      const states = studio.tab.getByRole('navigation', { name: 'State' });
      await states.getByRole('link', { name: 'Done (1,000 or more)' }).waitFor();
      const waiting = studio.api.world.runs.filter(({ can }) => can.retry).length;
      expect(waiting).toBeGreaterThan(0);
      await states.getByRole('link', { name: `Waiting for a person (${waiting})` }).click();
      await expect.poll(() => lines('Runs')).toHaveLength(waiting);
      await studio.tab.getByLabel('Process').selectOption('Publish');
      await expect.poll(() => new URL(studio.tab.url()).search).toContain('process=publish-site');
      await studio.tab.getByLabel('Asked for by (name or e-mail)').fill('Ada');
      await studio.tab.keyboard.press('Enter');
      await expect.poll(() => asked('/api/v1/runs?').at(-1)).toMatch(/process=publish-site.*person=Ada.*waits=person/);
      await expect.poll(() => asked('/api/v1/run-counts?').at(-1)).toMatch(/process=publish-site.*person=Ada/);
    });

    test('are retried and stopped where they are listed, and lead to Temporal', async () => {
      const failed = studio.api.world.runs.find(({ can }) => can.retry);
      await visit('/runs?state=failed');
      const row = list('Runs').locator(':scope > li').filter({ has: studio.tab.getByRole('button', { name: 'Retry' }) }).first();
      await row.getByRole('button', { name: 'Retry' }).click();
      await expect.poll(posts).toEqual([expect.stringMatching(/^POST \/api\/v1\/runs\/[0-9a-f-]+\/retry$/)]);
      expect(failed).toBeDefined();
    });

    test('that Temporal knows nothing of are named, and what it runs without one', async () => {
      admin.differences = {
        rowsWithoutExecution: [{ run: studio.api.world.runs[0]?.id ?? '', process: 'publish-site', title: 'Publish', site: 'matrix-methods', state: 'running', startedAt: ago(7_200) }],
        executionsWithoutRow: [
          { workflowId: 'youtube-quota', workflowType: 'youtubeQuota', title: 'YouTube’s quota', startedAt: ago(90_000), temporalUrl: null, isUsual: true },
          { workflowId: 'pull-content/algebra', workflowType: 'pullContent', title: 'Pull', startedAt: ago(90_000), temporalUrl: 'http://temporal.example.edu/x', isUsual: false },
        ],
        compared: { rows: 1, executions: 2, isWhole: true },
      };
      await visit('/runs');
      await studio.tab.getByText('1 run without an execution in Temporal').waitFor();
      await studio.tab.getByRole('link', { name: 'Publish of matrix-methods' }).waitFor();
      await studio.tab.getByText('1 execution in Temporal without an open run').waitFor();
      expect(await studio.tab.getByText('youtube-quota').count()).toBe(0);
      studio.api.refusals.set('GET /api/v1/run-differences', { code: 'engineUnavailable', message: 'The engine (Temporal) does not answer. Nothing was changed; try again in a moment.' });
      await visit('/runs?state=failed');
      await studio.tab.getByText('Runs cannot be compared with Temporal now').waitFor();
    });
  });

  describe('recurring work', () => {
    const row = (name: string): Locator => list('Recurring work').locator(':scope > li').filter({ has: studio.tab.getByRole('heading', { name, exact: true }) });

    test('rests with a reason and goes on by a word', async () => {
      await visit(pathTo('schedules'));
      await studio.tab.getByRole('link', { name: 'recurring work', exact: true }).click();
      expect(await words(row('Link check'))).toContain('Paused Look whether external links lead somewhere. Every 7 days. Left out 2 times, because the one before was still at work. It was not done yet. Paused A host asked for a rest. (Lee Sandoval)');
      expect(await words(row('Watch over Google Drive'))).toContain('Not set up');
      expect(await row('Watch over Google Drive').getByRole('button').count()).toBe(0);
      await row('Reconcile').getByRole('button', { name: 'Pause … Reconcile' }).click();
      await row('Reconcile').getByLabel('Why does it rest?').waitFor();
      await studio.tab.keyboard.press('Escape');
      await expect.poll(focused).toContain('Pause …');
      await studio.tab.keyboard.press('Enter');
      await row('Reconcile').getByLabel('Why does it rest?').fill('We look into a lock.');
      await studio.tab.keyboard.press('Enter');
      await row('Reconcile').getByText('We look into a lock. (Ada Okafor)').waitFor();
      await row('Link check').getByRole('button', { name: 'Resume Link check' }).click();
      await row('Link check').getByRole('button', { name: 'Pause … Link check' }).waitFor();
      expect(posts()).toEqual(['POST /api/v1/engine-schedules/reconcile-runs/pause', 'POST /api/v1/engine-schedules/check-links/resume']);
    });

    test('is done at once, never twice at a time; without Temporal the page says so', async () => {
      await visit(pathTo('recurring'));
      await row('Import sync').getByRole('button', { name: 'At work now Import sync' }).click({ force: true });
      await row('Reconcile').getByRole('button', { name: 'Run now Reconcile' }).click();
      await row('Reconcile').getByText('At work now').waitFor();
      expect(posts()).toEqual(['POST /api/v1/engine-schedules/reconcile-runs/run']);
      studio.api.refusals.set('GET /api/v1/engine-schedules', { code: 'engineUnavailable', message: 'The engine (Temporal) does not answer. Nothing was changed; try again in a moment.' });
      await visit(pathTo('system'));
      await visit(pathTo('recurring'));
      await studio.tab.getByRole('alert').filter({ hasText: 'The engine (Temporal) does not answer.' }).waitFor();
    });
  });

  describe('jobs', () => {
    const card = (name: string): Locator => studio.tab.getByRole('region', { name, exact: true });

    test('of texts begin as a dry run, and change nothing before somebody was asked', async () => {
      await visit(pathTo('jobs'));
      await card('Cleanup of texts').getByRole('button', { name: 'Report what it would change' }).click();
      await expect.poll(posts).toEqual(['POST /api/v1/cleanups']);
      await card('Cleanup of texts').getByRole('checkbox', { name: 'Dry run' }).uncheck();
      await card('Cleanup of texts').getByRole('button', { name: 'Change the texts …' }).click();
      await card('Cleanup of texts').getByText('Rewrite the texts of every site by the rule ‘baseurl’?').waitFor();
      await expect.poll(focused).toBe('Not now');
      expect(posts()).toEqual(['POST /api/v1/cleanups']);
      await card('Cleanup of texts').getByRole('button', { name: 'Yes, begin' }).click();
      await expect.poll(posts).toEqual(['POST /api/v1/cleanups', 'POST /api/v1/cleanups']);
      // A rule that only reports asks nothing.
      await card('Cleanup of texts').getByLabel('Rule').selectOption('validate-urls');
      await card('Cleanup of texts').getByText('It only reports.').waitFor();
      await card('Cleanup of texts').getByRole('button', { name: 'Report what it would change' }).waitFor();
    });

    test('that must not run twice wait for the one at work', async () => {
      const [run] = studio.api.world.runs;
      if (run !== undefined) studio.api.world.runs.unshift({ ...run, id: newId(), process: 'sync-import-bucket', title: 'Import sync', site: null, version: null, state: 'running', phases: [] });
      await visit(pathTo('jobs'));
      await card('Copy of the import bucket').getByRole('button', { name: 'At work now' }).click({ force: true });
      await card('Starters').getByRole('button', { name: 'Read the starters' }).click();
      await expect.poll(posts).toEqual(['POST /api/v1/starters/sync']);
    });

    test('of one site are there once it is named', async () => {
      await visit(pathTo('jobs'));
      expect(await card('Orphans of the repository').count()).toBe(0);
      await studio.tab.getByRole('search', { name: 'Site' }).getByLabel('Site (its name)').fill('matrix-methods');
      await studio.tab.keyboard.press('Enter');
      await card('References').getByRole('button', { name: 'Make its references anew' }).click();
      await card('References').getByText('Done: 128 references').waitFor();
      await card('Orphans of the repository').getByRole('checkbox', { name: 'Remove them' }).check();
      await card('Orphans of the repository').getByRole('button', { name: 'Remove its orphans …' }).click();
      await card('Orphans of the repository').getByRole('button', { name: 'Yes, begin' }).click();
      await card('Files into Google Drive').getByRole('button', { name: 'Put files into Google Drive' }).click();
      await expect.poll(posts).toEqual(['POST /api/v1/sites/matrix-methods/references/rebuild', 'POST /api/v1/sites/matrix-methods/repository/orphans', 'POST /api/v1/sites/matrix-methods/drive/backfills']);
    });
  });

  test('the System page tells of quotas and spending', async () => {
    await visit(pathTo('system'));
    const quotas = studio.tab.getByRole('region', { name: 'Quotas and spending' });
    await quotas.getByText('Captions today (UTC)').waitFor();
    await quotas.getByRole('link', { name: 'Decide about orders, and see what waits' }).waitFor();
  });
});
