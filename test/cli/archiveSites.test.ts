import { afterEach, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from '#api/apiError.ts';
import { request, site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

it('studio sites archive puts a site away with the reason, and restore brings it back', async () => {
  const asked: unknown[] = [];
  api = await startApi({
    'POST /api/v1/sites/:site/archive': async ({ params, body }) => {
      asked.push([params.site, body]);
      return request({ process: 'site-repo' });
    },
    'POST /api/v1/sites/:site/unarchive': async ({ params }) => {
      asked.push([params.site]);
      return request({ process: 'site-repo' });
    },
  });
  expect(await runStudio(api.url, ['sites', 'archive', 'linear-algebra', '--reason', 'Made twice.'])).toEqual({ code: 0, out: 'The site ‘linear-algebra’ is archived; its repository is being closed. Its run has begun.\n', err: '' });
  expect(await runStudio(api.url, ['sites', 'restore', 'linear-algebra'])).toMatchObject({ code: 0, out: 'The site ‘linear-algebra’ comes back as soon as its repository is open. Its run has begun.\n' });
  expect(asked).toEqual([['linear-algebra', { reason: 'Made twice.' }], ['linear-algebra']]);
});

it('studio sites archive says why it cannot be', async () => {
  api = await startApi({
    'GET /api/v1/sites/:site': async () => site(),
    'POST /api/v1/sites/:site/archive': async () => {
      throw new ApiError('wrongState', 'Readers see the site. Take it offline first, then archive it.');
    },
  });
  expect(await runStudio(api.url, ['sites', 'archive', 'linear-algebra'])).toEqual(failure('Readers see the site. Take it offline first, then archive it.'));
});

it('studio sites set changes nothing when it is told nothing', async () => {
  api = await startApi({});
  expect(await runStudio(api.url, ['sites', 'set', 'linear-algebra'])).toEqual(failure('Say what to change, such as --title; see --help.'));
});

it('studio starters validate names line and path of each fault, and fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'validate-'));
  try {
    writeFileSync(join(folder, 'ocw-studio.yaml'), 'x');
    const given: string[] = [];
    api = await startApi({
      'POST /api/v1/starters/:starter/validation': async ({ params, body }) => {
        given.push(params.starter, body.text);
        return { faults: [{ path: 'collections.0', line: 3, reason: 'it has no name' }], changes: [], sites: 2, items: 0, looked: 0, misfitCount: 0, misfits: [] };
      },
    });
    const { code, out } = await runStudio(api.url, ['starters', 'validate', 'ocw-course-v2', join(folder, 'ocw-studio.yaml')]);
    expect({ code, out, given }).toEqual({ code: 1, out: 'line 3: collections.0: it has no name\n', given: ['ocw-course-v2', 'x'] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
