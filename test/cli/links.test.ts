import { afterEach, describe, expect, it } from 'vitest';
import type { LinkReport } from '#api/contracts/links.ts';
import { publishRun, request } from './support/answers.ts';
import { runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

describe('studio links', () => {
  let api: StartedApi;
  afterEach(() => api.stop());
  const link = (item: string, copy: string | null = null): LinkReport['links'][number] => ({ item, title: item === 'b' ? null : `Link ${item}`, url: `https://example.edu/${item}`, status: 'broken', code: item === 'b' ? null : 404, failures: 2, trouble: null, checkedAt: null, archive: { state: 'none', reason: null, url: copy, archivedAt: null } });

  async function serve(process: string, links: LinkReport['links'] = [], changes: Parameters<typeof publishRun>[0] = {}): Promise<void> {
    const run = publishRun({ process, version: null, state: 'succeeded', result: { looked: 9, archived: 1_200, failed: 2, putOff: 3 }, ...changes });
    const asked = async () => request({ process, runId: run.id, state: 'taken', message: 'It has begun.' });
    api = await startApi({
      'POST /api/v1/sites/:site/link-checks': asked,
      'POST /api/v1/sites/:site/link-archivings': asked,
      'GET /api/v1/runs/:run': async () => run,
      // One link a page, whatever the page is asked to hold.
      'GET /api/v1/sites/:site/links': async ({ query }) => ({ counts: { valid: 0, broken: links.length, unchecked: 0, open: 0 }, archived: 0, isArchiving: true, total: links.length, links: links.slice(Number(query.offset), Number(query.offset) + 1) }),
    });
  }

  it('check asks, and waits only when it is told to', async () => {
    await serve('check-links', [link('a')]);
    expect(await runStudio(api.url, ['links', 'check', 'algebra'])).toMatchObject({ code: 0, out: 'Asked for it. It has begun.\n' });
  });

  it('check names every broken link, with its copy', async () => {
    await serve('check-links', [link('a', 'https://web.archive.org/web/2026/a'), link('b')]);
    const { code, out } = await runStudio(api.url, ['links', 'check', 'algebra', '--wait']);
    expect(code).toBe(0);
    expect(out).toBe('Broken links of ‘algebra’:\n  https://example.edu/a  404  Link a\n    copy: https://web.archive.org/web/2026/a\n  https://example.edu/b  no answer  b\n');
    const json = await runStudio(api.url, ['links', 'check', 'algebra', '--wait', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ state: 'succeeded', reason: null, looked: 9, broken: [{ item: 'a', code: 404, copy: 'https://web.archive.org/web/2026/a' }, { item: 'b', copy: null }] });
  });

  it('check says that nothing is broken', async () => {
    await serve('check-links');
    expect((await runStudio(api.url, ['links', 'check', 'algebra', '--wait'])).out).toBe('No link of ‘algebra’ is known to be broken.\n');
  });

  it('archive says how many were archived', async () => {
    await serve('archive-links');
    expect((await runStudio(api.url, ['links', 'archive', 'algebra', '--wait'])).out).toBe('Archived 1,200 links of ‘algebra’; 2 failed, 3 are tried again later.\n');
  });

  it('archive fails with the reason of the run', async () => {
    await serve('archive-links', [], { state: 'failed', reason: { code: 'WaybackRefused', message: 'The Wayback Machine refused.' } });
    expect(await runStudio(api.url, ['links', 'archive', 'algebra', '--wait', '--json'])).toMatchObject({ code: 1, err: 'The archive of the links of ‘algebra’ failed: The Wayback Machine refused.\n', out: expect.stringContaining('"state":"failed"') as string });
  });
});
