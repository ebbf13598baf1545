import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createActivityFaults } from '#activities/activityFaults.ts';
import { StepError } from '#activities/stepError.ts';
import { GitHubError } from '#clients/github.ts';
import { S3Error } from '#clients/s3.ts';
import { openErrorReports } from '#clients/sentry.ts';
import { failures, type FailureType } from '#temporal/failures.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeRun } from '#test/factories/rows.ts';
import { canaries, canariesIn, leakyMessage } from '#test/support/canaries.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { useSentry } from '#test/support/useSentry.ts';
import { keptLog, runIntercepted, tryOf } from './support/runActivity.ts';

const database = useDatabase();
const sentry = useSentry();

/** Tries steps, each failing as said, and returns what engineers were told. */
async function tried(steps: readonly { readonly error: unknown; readonly attempt?: number; readonly activityId?: string; readonly input?: Readonly<Record<string, unknown>> }[]) {
  const errors = await openErrorReports(makeConfig({ SENTRY_DSN: sentry.dsn }), { part: 'worker', release: '1.2.3', onFault: () => undefined });
  const deps = { db: database.db, log: keptLog().log, tellFault: createActivityFaults({ errors, db: database.db, log: keptLog().log }) };
  const lastly = new StepError('DiskFull', 'The last one, which shows that all before it were looked at.');
  for (const { error, attempt = 1, activityId = '1', input = {} } of [...steps, { error: lastly, activityId: 'last' }]) {
    const environment = tryOf({ attempt, activityId, activityType: 'buildSite', workflowType: 'publishSite', workflowExecution: { workflowId: 'publish-site/algebra/live', runId: '0190' } });
    await runIntercepted(deps, () => Promise.reject(error instanceof Error ? error : new Error(String(error))), input, environment).catch(() => undefined);
  }
  await sentry.told(1);
  await sentry.told(sentry.events.some(({ tags }) => tags?.['failure'] === 'DiskFull') ? 1 : 2);
  await errors.close(3_000);
  return sentry.events.filter((event) => !(event.tags?.['failure'] === 'DiskFull' && event.tags['workflow_run_id'] === '0190' && event.exception?.values.at(-1)?.type === 'StepError'));
}

const away = new S3Error('unavailable', 'SlowDown', 503, `PUT ${canaries.name}`);

describe('engineers are told of a step', () => {
  it('that threw what nobody expected, at once, with all of its ids and nothing that anybody wrote', async () => {
    const events = await tried([{ error: new TypeError(leakyMessage), input: { runId: await makeRun(database.db), markdown: canaries.markdown } }]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ release: '1.2.3', environment: 'dev', fingerprint: ['Unexpected', 'buildSite'], tags: { part: 'worker', failure: 'Unexpected', activity: 'buildSite', attempt: '1', workflow: 'publishSite', workflow_id: 'publish-site/algebra/live', workflow_run_id: '0190', site: 'algebra' } });
    expect(events[0]?.tags?.['run_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(events[0]?.user).toBeUndefined();
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it('once, however often it is tried', async () => {
    expect(await tried([1, 2, 3, 4].map((attempt) => ({ error: new TypeError('x'), attempt })))).toHaveLength(1);
  });

  it('that failed for good in a way only they can mend', async () => {
    const events = await tried([{ error: new GitHubError('refused', leakyMessage, 401) }]);
    expect(events).toMatchObject([{ tags: { failure: 'GitHubRefused' }, fingerprint: ['GitHubRefused', 'buildSite'] }]);
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it('that nobody expected to fail after other failures that pass', async () => {
    expect(await tried([{ error: away }, { error: new TypeError('x'), attempt: 2 }])).toMatchObject([{ tags: { failure: 'Unexpected', attempt: '2' } }]);
  });

  it('of each step that fails alike: two steps are two faults', async () => {
    expect(await tried([{ error: new TypeError('x'), activityId: '1' }, { error: new TypeError('x'), activityId: '2' }])).toHaveLength(2);
  });
});

describe('engineers are not told', () => {
  it.each([
    ['of a vendor that is away', [1, 2, 30].map((attempt) => ({ error: away, attempt }))],
    ['of what an author mends', [{ error: new StepError('HugoFailed', leakyMessage) }]],
    ['of what is waited for', [{ error: new StepError('CaptionsNotReady', 'They are at work.') }]],
    ['of what another workflow ended with', [{ error: ApplicationFailure.nonRetryable('x', 'S3Refused') }]],
  ])('%s', async (_what, steps) => {
    expect(await tried(steps)).toEqual([]);
  });
});

it('failures that are the engineers’ are final by themselves or after some tries', () => {
  const theirs = (Object.entries(failures) as [FailureType, { final: boolean; maxAttempts?: number; isForEngineers?: boolean }][]).filter(([, policy]) => policy.isForEngineers === true);
  expect(theirs.length).toBeGreaterThan(20);
  expect(theirs.filter(([, policy]) => !policy.final && policy.maxAttempts === undefined)).toEqual([]);
});
