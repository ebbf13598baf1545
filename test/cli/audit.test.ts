import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '#api/contracts/audit.ts';
import type { EngineSchedule } from '#api/contracts/engineSchedules.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const id = (number: number): string => `0198c5de-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const entry = (number: number, more: Partial<AuditEntry> = {}): AuditEntry => ({ id: id(number), at: '2026-03-01T14:05:00.000Z', action: 'publish', kind: 'publish', actor: { kind: 'person', id: id(1), name: 'Ada Lin' }, impersonator: null, site: { name: 'algebra', isThere: true }, target: {}, detail: { version: 'live' }, ip: null, outcome: 'done', code: null, ...more });

describe('studio audit', () => {
  it('prints one sentence per entry, and what came of what was not done', async () => {
    api = await startApi({ 'GET /api/v1/audit': async () => ({ entries: [entry(2), entry(3, { action: 'unpublish', detail: {}, outcome: 'refused', code: 'forbidden' })], next: null }) });
    expect(await runStudio(api.url, ['audit', '--person', 'ada@example.edu', '--since', '2026-03-01T00:00Z', '--outcome', 'refused'])).toEqual({
      code: 0,
      out: '2026-03-01 14:05 UTC  Ada Lin asked for a publish, site ‘algebra’: Production.\n2026-03-01 14:05 UTC  Ada Lin took a site offline, site ‘algebra’. It was refused: the right to do that was missing.\n',
      err: '',
    });
    expect(api.asked[0]).toBe('GET /api/v1/audit?person=ada%40example.edu&since=2026-03-01T00%3A00%3A00.000Z&outcome=refused&limit=50');
  });

  it('goes on behind each page as far as it was told, and says that there is more', async () => {
    api = await startApi({ 'GET /api/v1/audit': async ({ query }) => ({ entries: Array.from({ length: query.limit }, (_, index) => entry(index + 10)), next: id(query.limit + 9) }) });
    const { out, err } = await runStudio(api.url, ['audit', '--limit', '150']);
    expect(out.trimEnd().split('\n')).toHaveLength(150);
    expect(err).toBe('There are older ones; --limit shows more, --csv all.\n');
    expect(api.asked).toEqual(['GET /api/v1/audit?limit=100', `GET /api/v1/audit?limit=50&before=${id(109)}`]);
    const json = await runStudio(api.url, ['audit', '--limit', '1', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ entries: [{ id: id(10) }], next: id(10) });
  });

  it('writes all of it as CSV', async () => {
    api = await startApi({
      'GET /api/v1/audit.csv': async ({ ctx }) => {
        ctx.type = 'text/csv';
        ctx.body = 'time,sentence\r\n';
      },
    });
    const folder = mkdtempSync(join(tmpdir(), 'ocw-audit-'));
    try {
      const file = join(folder, 'log.csv');
      expect(await runStudio(api.url, ['audit', '--kind', 'spend', '--out', file])).toEqual({ code: 0, out: '', err: `The log is in ${file}.\n` });
      expect(readFileSync(file, 'utf8')).toBe('time,sentence\r\n');
      expect((await runStudio(api.url, ['audit', '--csv'])).out).toBe('time,sentence\r\n');
      expect((await runStudio(api.url, ['audit', '--out', join(folder, 'nowhere', 'log.csv')])).err).toContain('The log cannot be written to');
      expect(await runStudio(api.url, ['audit', '--csv', '--json'])).toEqual(failure('Choose either --json or --csv.'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('knows what is no time and no kind', async () => {
    api = await startApi({});
    expect((await runStudio(api.url, ['audit', '--since', 'yesterday'])).code).toBe(2);
    expect((await runStudio(api.url, ['audit', '--kind', 'everything'])).code).toBe(2);
    expect(api.asked).toEqual([]);
  });
});

describe('studio recurring', () => {
  const schedule = (more: Partial<EngineSchedule> = {}): EngineSchedule => ({ id: 'check-links', title: 'Link check', summary: 'Look', isSetUp: true, everyMs: 600_000, paused: null, nextAt: '2026-03-01T14:10:00.000Z', isRunning: false, skipped: 0, recent: [{ at: '2026-03-01T14:00:00.000Z', run: null, temporalUrl: null }], ...more });

  it('lists what recurs, when next, and what is paused and why', async () => {
    api = await startApi({ 'GET /api/v1/engine-schedules': async () => ({ schedules: [schedule(), schedule({ id: 'watch-drive', isSetUp: false, everyMs: null, nextAt: null, recent: [] }), schedule({ id: 'sync-import-bucket', isRunning: true, paused: { reason: 'A rest. (Ada)' }, nextAt: null })] }) });
    expect((await runStudio(api.url, ['recurring'])).out.split('\n')).toEqual([
      'schedule            every       next                  last                  state',
      'check-links         10 min 0 s  2026-03-01 14:10 UTC  2026-03-01 14:00 UTC  on',
      'watch-drive         -           -                     -                     not set up',
      'sync-import-bucket  10 min 0 s  -                     2026-03-01 14:00 UTC  at work, paused: A rest. (Ada)',
      '',
    ]);
  });

  it('pauses with a reason, resumes and runs', async () => {
    api = await startApi({
      'POST /api/v1/engine-schedules/:schedule/pause': async ({ body }) => schedule({ paused: { reason: body.reason }, nextAt: null }),
      'POST /api/v1/engine-schedules/:schedule/resume': async () => schedule(),
      'POST /api/v1/engine-schedules/:schedule/run': async () => schedule({ isRunning: true }),
    });
    expect((await runStudio(api.url, ['recurring', 'pause', 'check-links'])).code).toBe(2);
    expect((await runStudio(api.url, ['recurring', 'pause', 'check-links', '--reason', 'A rest.'])).out).toBe('Link check: paused: A rest.\n');
    expect((await runStudio(api.url, ['recurring', 'resume', 'check-links'])).out).toBe('Link check: on, next 2026-03-01 14:10 UTC\n');
    expect((await runStudio(api.url, ['recurring', 'run', 'check-links'])).out).toBe('Link check: at work, next 2026-03-01 14:10 UTC\n');
    expect(api.asked).toEqual(['POST /api/v1/engine-schedules/check-links/pause', 'POST /api/v1/engine-schedules/check-links/resume', 'POST /api/v1/engine-schedules/check-links/run']);
  });
});

describe('studio runs', () => {
  it('hands every filter on', async () => {
    api = await startApi({ 'GET /api/v1/runs': async () => ({ total: 0, runs: [] }) });
    expect(await runStudio(api.url, ['runs', '--process', 'check-links', '--version', 'live', '--person', 'Ada', '--until', '2026-03-01T00:00Z', '--waiting'])).toEqual({ code: 0, out: 'There are no such runs.\n', err: '' });
    expect(api.asked[0]).toBe('GET /api/v1/runs?limit=20&process=check-links&version=live&person=Ada&until=2026-03-01T00%3A00%3A00.000Z&waits=person');
  });
});
