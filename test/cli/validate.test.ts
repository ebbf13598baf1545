import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import type { Validation } from '#api/contracts/validation.ts';
import { site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const page = { textId: 't', type: 'page', title: 'A title that is longer than a table is wide' };
const broken: Validation = {
  site: 'algebra',
  items: 1_204,
  total: 2,
  bySeverity: { blocks: 0, broken: 1, untidy: 1 },
  faults: [
    { severity: 'broken', item: page, field: 'markdown', line: 3, message: 'A link leads nowhere.' },
    { severity: 'untidy', item: null, field: null, line: null, message: '‘Menu’ was never saved.' },
  ],
};
const answering = (validation: Validation) => startApi({ 'GET /api/v1/sites/:site/validation': async () => validation });

describe('studio validate', () => {
  it('shows the faults by how much they matter', async () => {
    api = await answering(broken);
    expect(await runStudio(api.url, ['validate', 'algebra'])).toEqual({
      code: 0,
      out: '‘algebra’: 1,204 items, 2 faults.\n\nReaders meet it (1):\npage ‘A title that is longer than a table is …’  markdown:3  A link leads nowhere.\n\nUntidy (1):\nthe site    ‘Menu’ was never saved.\n',
      err: '',
    });
  });

  it('says when there is none, and prints JSON', async () => {
    api = await answering({ ...broken, total: 0, bySeverity: { blocks: 0, broken: 0, untidy: 0 }, faults: [] });
    expect((await runStudio(api.url, ['validate', 'algebra'])).out).toBe('‘algebra’: 1,204 items, no fault.\n');
    expect(JSON.parse((await runStudio(api.url, ['validate', 'algebra', '--json'])).out)).toMatchObject({ site: 'algebra', total: 0, faults: [] });
  });

  it('fails when the site cannot be built, and says how many faults are left out', async () => {
    api = await answering({ ...broken, total: 12_000, bySeverity: { blocks: 1, broken: 1, untidy: 11_998 }, faults: [{ severity: 'blocks', item: null, field: null, line: null, message: 'The site has no address yet.' }] });
    const { code, out, err } = await runStudio(api.url, ['validate', 'algebra']);
    expect(code).toBe(1);
    expect(out).toContain('Keeps the site from being built (1):\nthe site    The site has no address yet.\n1 of 12,000 are shown.\n');
    expect(err).toBe('‘algebra’ cannot be built as it is: 1 fault must be mended first.\n');
  });

  it('asks which site was meant', async () => {
    api = await startApi({
      'GET /api/v1/sites/:site/validation': async () => {
        throw new ApiError('notFound', 'There is no site named ‘algebr’.');
      },
      'GET /api/v1/sites': async () => ({ total: 1, sites: [site({ name: 'algebra' })] }),
    });
    expect(await runStudio(api.url, ['validate', 'algebr'])).toEqual(failure('There is no site named ‘algebr’. Did you mean ‘algebra’?'));
  });
});
