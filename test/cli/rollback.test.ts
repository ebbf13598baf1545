import { afterEach, describe, expect, it } from 'vitest';
import type { EarlierPublish } from '#api/contracts/rollbacks.ts';
import { publishRun, request, RUN_ID } from './support/answers.ts';
import { runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const OLDER_ID = '01890a5d-ac96-774b-8cce-b302099a8050';
const rollback = ['rollback', 'linear-algebra', '--version', 'live', '--to'];
const publish = (runId: string, isCurrent = false): EarlierPublish => ({ runId, at: '2026-03-01T14:05:00.000Z', requestedBy: [], commit: null, revision: 1, changed: 1, removed: 0, uploadedBytes: 1, shows: null, previewUrl: null, isCurrent });

describe('studio rollback', () => {
  it('finds the publish before the present one, asks for it and waits', async () => {
    const asked: unknown[] = [];
    api = await startApi({
      'GET /api/v1/sites/:site/publishes': async () => ({ total: 3, publishes: [publish('01890a5d-ac96-774b-8cce-b302099a8052'), publish(RUN_ID, true), publish(OLDER_ID)] }),
      'POST /api/v1/sites/:site/rollbacks': async ({ body }) => {
        asked.push(body);
        return request({ version: 'live' });
      },
      'GET /api/v1/runs/:run': async () => publishRun({ version: 'live' }),
    });
    const { code, out } = await runStudio(api.url, [...rollback, 'previous', '--wait']);
    expect([code, out]).toEqual([0, `Readers of ‘linear-algebra’ (live) see the publish ${OLDER_ID} again: 12 files changed, 4.3 MB.\nhttp://localhost:8044/courses/linear-algebra/\n`]);
    expect(asked).toEqual([{ version: 'live', runId: OLDER_ID }]);
  });

  it('says that there is none, and fails', async () => {
    api = await startApi({ 'GET /api/v1/sites/:site/publishes': async () => ({ total: 1, publishes: [publish(RUN_ID, true)] }) });
    const { code, err } = await runStudio(api.url, [...rollback, 'previous']);
    expect([code, err]).toEqual([1, 'There is no live publish of ‘linear-algebra’ before the present one whose files are kept. Publish the site anew instead.\n']);
  });

  it('ends with a failure when the rollback failed', async () => {
    api = await startApi({ 'POST /api/v1/sites/:site/rollbacks': async () => request(), 'GET /api/v1/runs/:run': async () => publishRun({ state: 'failed', reason: { code: 'OutputGone', message: 'It is not kept any more.' } }) });
    const { code, err } = await runStudio(api.url, [...rollback, OLDER_ID, '--wait', '--json']);
    expect([code, err]).toEqual([1, 'The rollback of ‘linear-algebra’ (live) failed: It is not kept any more.\n']);
  });
});
