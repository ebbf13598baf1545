import { afterEach, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Deletion } from '#api/contracts/deletions.ts';
import { runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

const ID = uuidv7();
const REQUEST = uuidv7();
const deletion = (given: Partial<Deletion> = {}): Deletion => ({ id: ID, request: REQUEST, item: { textId: 't', title: 'Notes' }, fileName: 'notes.pdf', cause: 'missing', dueAt: '2026-12-24T00:00:00.000Z', state: 'pending', reason: null, requestedBy: null, can: { undo: true, hasten: true }, ...given });

describe('studio drive deletions', () => {
  let api: StartedApi;
  afterEach(() => api.stop());

  async function serve(deletions: readonly Deletion[]): Promise<unknown[]> {
    const asked: unknown[] = [];
    const change = (verb: string) => async ({ body }: { body: unknown }) => {
      asked.push([verb, body]);
      return { changed: 2 };
    };
    api = await startApi({
      'GET /api/v1/sites/:site/deletions': async ({ query }) => {
        asked.push([query.state, query.offset]);
        return { total: deletions.length, deletions: deletions.slice(query.offset, query.offset + query.limit) };
      },
      'POST /api/v1/sites/:site/deletions/undo': change('undo'),
      'POST /api/v1/sites/:site/deletions/now': change('now'),
    });
    return asked;
  }

  it('says what is on its way out, until when, and why something was kept', async () => {
    await serve([deletion(), deletion({ item: null, fileName: 'alone.pdf', state: 'going', reason: { code: 'X', message: 'Drive refused.' } })]);
    expect(await runStudio(api.url, ['drive', 'deletions', 'algebra'])).toMatchObject({ code: 0, out: `${ID}  Notes (notes.pdf) waits until 2026-12-24\n${ID}  alone.pdf is being taken away: Drive refused.\n` });
  });

  it('reads every page of them', async () => {
    const asked = await serve(Array.from({ length: 150 }, () => deletion()));
    const { out } = await runStudio(api.url, ['drive', 'deletions', 'algebra', '--all', '--json']);
    expect((JSON.parse(out) as { deletions: unknown[] }).deletions).toHaveLength(150);
    expect(asked).toEqual([['all', 0], ['all', 100]]);
  });

  it('undoes one, or all that were asked for at once, and does one at once', async () => {
    const asked = await serve([]);
    expect(await runStudio(api.url, ['drive', 'deletions', 'algebra', '--undo', ID])).toMatchObject({ code: 0, out: '2 deletions undone. What was taken away comes back within minutes.\n' });
    expect(await runStudio(api.url, ['drive', 'deletions', 'algebra', '--undo-all', REQUEST, '--json'])).toMatchObject({ code: 0, out: '{"changed":2}\n' });
    await runStudio(api.url, ['drive', 'deletions', 'algebra', '--now', ID]);
    expect(asked).toEqual([['undo', { ids: [ID] }], ['undo', { request: REQUEST }], ['now', { ids: [ID] }]]);
  });

  it('says so when nothing is', async () => {
    await serve([]);
    expect(await runStudio(api.url, ['drive', 'deletions', 'algebra'])).toMatchObject({ code: 0, out: 'Nothing of ‘algebra’ is on its way out.\n' });
  });
});
