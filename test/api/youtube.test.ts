import { beforeEach, describe, expect, test } from 'vitest';
import { saveSpending, type YouTubeSpendingRow } from '#db/queries/youtubeSpending.ts';
import { nextPacificMidnight, pacificDayOf } from '#domain/youtubeQuota.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { youtubeQuotaContract } from '#temporal/contracts/youtubeQuota.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const api = useApi({ env: () => ({ ...temporal.env, YT_CLIENT_ID: 'us', YT_CLIENT_SECRET: 'secret', YT_REFRESH_TOKEN: 'consent' }) });
let ada: Caller;
beforeEach(async () => {
  await api.clear();
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});

const TODAY = pacificDayOf(Date.now());
const row = (given: Partial<YouTubeSpendingRow> & Pick<YouTubeSpendingRow, 'bucket'>): YouTubeSpendingRow => ({ day: TODAY, spent: 1, limit: 100, waiting: 0, until: null, reason: null, ...given });
const state = async () => (await api.call('GET /api/v1/youtube', ada)).json;

describe('what YouTube lets the studio do', () => {
  test('is what the ledger showed last', async () => {
    expect(await state()).toEqual({ isConfigured: true, buckets: [] });
    const waits = { waiting: 3, until: new Date(nextPacificMidnight(Date.now())).toISOString(), reason: { code: 'YoutubeQuota', message: 'Used.' } };
    await saveSpending(api.db, [row({ bucket: 'units' }), row({ bucket: 'inserts', ...waits })]);
    await saveSpending(api.db, [row({ bucket: 'units', spent: 51 })]);
    expect(await state()).toEqual({ isConfigured: true, buckets: [row({ bucket: 'inserts', ...waits }), row({ bucket: 'units', spent: 51 })] });
  });

  test('is nothing of an earlier day, but for what a person has to mend', async () => {
    const reason = { code: 'YoutubeLockedPrivate', message: 'Private.' };
    await saveSpending(api.db, [row({ day: '2020-01-01', bucket: 'units' }), row({ day: '2020-01-01', bucket: 'uploads', reason })]);
    expect(await state()).toEqual({ isConfigured: true, buckets: [row({ day: '2020-01-01', bucket: 'uploads', reason })] });
  });
});

test('an admin who mended what stopped the channel tells the ledger', async () => {
  const answer = await api.call('POST /api/v1/youtube/resumptions', ada);
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 202, json: {} });
  const client = createTemporalClient(api.config);
  try {
    const { events } = await client.workflow.getHandle(youtubeQuotaContract.workflowId()).fetchHistory();
    expect(events?.flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? [])).toEqual(['channelResumed']);
  } finally {
    await client.connection.close();
  }
});

test('who cannot reach the engine is told that nothing was changed', async () => {
  await temporal.kill();
  const answer = await api.call('POST /api/v1/youtube/resumptions', ada);
  expect([answer.status, codeOf(answer)]).toEqual([503, 'engineUnavailable']);
});
