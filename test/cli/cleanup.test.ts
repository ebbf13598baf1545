import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { CleanupResult } from '#api/contracts/cleanups.ts';
import type { Handlers } from '#api/router.ts';
import { phasesOf, publishRun, request, RUN_ID } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

const folder = mkdtempSync(join(tmpdir(), 'ocw-cleanup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let api: StartedApi;
afterEach(() => api.stop());

const result: CleanupResult = { rule: 'baseurl', sites: 2, items: 1_204, changed: 3, replacements: 12, skipped: 0, created: 0, rows: 14 };
const rules: Handlers['GET /api/v1/cleanups/rules'] = async () => ({
  rules: [
    { name: 'baseurl', title: 'Links by {{< baseurl >}} become links by id', isReadOnly: false },
    { name: 'link_logging', title: 'Lists every link', isReadOnly: true },
  ],
});

/** A cleanup that ends in this way; `bodies` is what it was asked for. */
function cleaning(run: Parameters<typeof publishRun>[0] = {}): { readonly handlers: Partial<Handlers>; readonly bodies: unknown[] } {
  const bodies: unknown[] = [];
  return {
    bodies,
    handlers: {
      'GET /api/v1/cleanups/rules': rules,
      'POST /api/v1/cleanups': async ({ body }) => {
        bodies.push(body);
        return request({ process: 'cleanup-content', site: null, version: null });
      },
      'GET /api/v1/runs/:run': async () => publishRun({ process: 'cleanup-content', title: 'Cleanup', site: null, version: null, url: null, phases: phasesOf('cleanup-content', 2), result: { ...result }, ...run }),
      'GET /api/v1/runs/:run/report.csv': async ({ ctx }) => {
        ctx.set('content-type', 'text/csv; charset=utf-8');
        ctx.body = 'original,replacement\r\n"a, ""b""",‘c’\r\n';
      },
    },
  };
}

describe('studio cleanup', () => {
  it('lists the rules', async () => {
    api = await startApi({ 'GET /api/v1/cleanups/rules': rules });
    expect((await runStudio(api.url, ['cleanup', '--list'])).out).toBe('baseurl       changes  Links by {{< baseurl >}} become links by id\nlink_logging  reports  Lists every link\n');
    const { out } = await runStudio(api.url, ['cleanup', '--list', '--json']);
    expect(JSON.parse(out)).toMatchObject({ rules: [{ name: 'baseurl', isReadOnly: false }, { name: 'link_logging' }] });
  });

  it('hands on everything it is told, and says what it asked for', async () => {
    const { handlers, bodies } = cleaning();
    api = await startApi(handlers);
    const outcome = await runStudio(api.url, ['cleanup', 'baseurl', '--site', 'a, b', '--starter', 'course', '--published-only', '--limit', '5', '--dry-run', '--only-changes']);
    expect(outcome).toEqual({ code: 0, out: 'Asked for ‘baseurl’ as a dry run. Its run has begun.\n', err: '' });
    expect(bodies).toEqual([{ rule: 'baseurl', sites: ['a', 'b'], starter: 'course', publishedOnly: true, limit: 5, dryRun: true, csvOnlyChanges: true }]);
    const asked = await runStudio(api.url, ['cleanup', 'baseurl', '--json']);
    expect(JSON.parse(asked.out)).toEqual({ runId: RUN_ID, state: 'running', reason: null });
    expect(bodies[1]).toEqual({ rule: 'baseurl', dryRun: false });
  });

  it('waits, and says what was changed', async () => {
    api = await startApi(cleaning({ result: { ...result, created: 1, skipped: 2 } }).handlers);
    const { code, out } = await runStudio(api.url, ['cleanup', 'baseurl', '--wait']);
    expect(code).toBe(0);
    expect(out).toBe('‘baseurl’ changed 12 places in 3 items; looked at 1,204 items of 2 sites; 1 external resource made; 2 items left alone because somebody saved them meanwhile.\n');
    const json = await runStudio(api.url, ['cleanup', 'baseurl', '--wait', '--json']);
    expect(JSON.parse(json.out)).toEqual({ runId: RUN_ID, state: 'succeeded', reason: null, ...result, created: 1, skipped: 2 });
  });

  it('writes the report as it is, also of a run that failed', async () => {
    api = await startApi(cleaning({ state: 'failed', reason: { code: 'S3Unavailable', message: 'The file store (S3) does not answer.' }, result: null }).handlers);
    const { code, out, err } = await runStudio(api.url, ['cleanup', 'baseurl', '--dry-run', '--out', 'report.csv', '--json'], { directory: folder });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ runId: RUN_ID, state: 'failed', reason: 'The file store (S3) does not answer.' });
    expect(err).toBe(`The report is in ${join(folder, 'report.csv')}.\nThe cleanup ‘baseurl’ failed: The file store (S3) does not answer.\n`);
    expect(readFileSync(join(folder, 'report.csv'), 'utf8')).toBe('original,replacement\r\n"a, ""b""",‘c’\r\n');
  });

  it('says when the report cannot be written', async () => {
    api = await startApi(cleaning().handlers);
    const { code, err } = await runStudio(api.url, ['cleanup', 'baseurl', '--out', 'no-such-folder/report.csv', '--json'], { directory: folder });
    expect([code, err]).toEqual([1, expect.stringContaining(`The report cannot be written to ${join(folder, 'no-such-folder/report.csv')}: ENOENT`) as string]);
  });

  it('asks which rule was meant', async () => {
    api = await startApi({ 'GET /api/v1/cleanups/rules': rules });
    expect(await runStudio(api.url, ['cleanup', 'base_url'])).toEqual(failure('There is no rule ‘base_url’. Did you mean ‘baseurl’? `npm run studio -- cleanup --list` prints them.'));
    expect(await runStudio(api.url, ['cleanup'])).toEqual(failure('Name a rule; `npm run studio -- cleanup --list` prints them.'));
    expect((await runStudio(api.url, ['cleanup', 'baseurl', '--limit', '0'])).code).toBe(2);
    expect((await runStudio(api.url, ['cleanup', 'baseurl', '--site', ','])).code).toBe(2);
  });
});
