import { afterEach, describe, expect, it } from 'vitest';
import type { UnpublishPreview } from '#api/contracts/unpublishes.ts';
import { publishRun, request } from './support/answers.ts';
import { runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

describe('studio unpublish', () => {
  let api: StartedApi;
  afterEach(() => api.stop());
  const naming = { site: 'ocw-www', item: 'picks', type: 'course-lists', title: 'Our picks', field: 'metadata.courses' };

  async function serve(preview: Partial<UnpublishPreview> = {}, run = publishRun({ process: 'unpublish-site', version: 'live', state: 'succeeded', result: { byHand: ['Purge the CDN ‘learn’.'] } })): Promise<string[]> {
    const asked: string[] = [];
    api = await startApi({
      'GET /api/v1/sites/:site/unpublish': async () => ({ url: 'https://live.localhost/courses/linear-algebra/', problems: [], dependencies: [], mentions: [], ...preview }),
      'POST /api/v1/sites/:site/unpublish': async () => {
        asked.push('unpublish');
        return request({ process: 'unpublish-site', runId: run.id, state: 'taken' });
      },
      'GET /api/v1/runs/:run': async () => run,
    });
    return asked;
  }

  it('does nothing without a yes', async () => {
    const asked = await serve();
    expect(await runStudio(api.url, ['unpublish', 'linear-algebra'])).toMatchObject({ code: 1, err: 'This takes https://live.localhost/courses/linear-algebra/ away from readers. Say --yes to do that.\n' });
    expect(asked).toEqual([]);
  });

  it('names what refers to the site and stops there, unless it is forced', async () => {
    const asked = await serve({ dependencies: [naming], mentions: [{ ...naming, title: null, field: 'markdown' }] });
    const stopped = await runStudio(api.url, ['unpublish', 'linear-algebra', '--yes']);
    expect(stopped).toMatchObject({ code: 1 });
    expect(stopped.err).toBe('Refer to it:\n  ocw-www: Our picks (metadata.courses)\nMention its address:\n  ocw-www: picks (markdown)\n1 place of other sites refers to ‘linear-algebra’ and would lead nowhere. Change them first, or say --force.\n');
    expect(asked).toEqual([]);
    expect(await runStudio(api.url, ['unpublish', 'linear-algebra', '--yes', '--force'])).toMatchObject({ code: 0 });
    expect(asked).toEqual(['unpublish']);
  });

  it('a mention alone does not stop it', async () => {
    const asked = await serve({ mentions: [naming] });
    expect(await runStudio(api.url, ['unpublish', 'linear-algebra', '--yes'])).toMatchObject({ code: 0 });
    expect(asked).toEqual(['unpublish']);
  });

  it('waits until the site is offline, and says what is left to do', async () => {
    await serve();
    const { code, out } = await runStudio(api.url, ['unpublish', 'linear-algebra', '--yes', '--wait']);
    expect(code).toBe(0);
    expect(out).toBe('‘linear-algebra’ is offline. Publish it live to bring it back.\n\nTo do by hand:\n  Purge the CDN ‘learn’.\n');
  });

  it('fails with the reason of the run, or of the refusal', async () => {
    await serve({}, publishRun({ process: 'unpublish-site', version: 'live', state: 'failed', reason: { code: 'S3Refused', message: 'The file store refused.' } }));
    expect(await runStudio(api.url, ['unpublish', 'linear-algebra', '--yes', '--wait', '--json'])).toMatchObject({ code: 1, err: 'The unpublish of ‘linear-algebra’ failed: The file store refused.\n', out: expect.stringContaining('"state":"failed"') as string });
    await api.stop();
    await serve({ problems: ['The site is not live, so there is nothing to take offline.'] });
    expect(await runStudio(api.url, ['unpublish', 'linear-algebra', '--yes'])).toMatchObject({ code: 1, err: 'The site is not live, so there is nothing to take offline.\n' });
  });
});
