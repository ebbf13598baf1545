import { CancelledFailure, ApplicationFailure } from '@temporalio/common';
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { assertOutwardEffects } from '#activities/assertOutwardEffects.ts';
import { reportPosition } from '#activities/activityInterceptor.ts';
import type { PhaseInput } from '#activities/phase.ts';
import { StepError } from '#activities/stepError.ts';
import { S3Error } from '#clients/s3.ts';
import { listRunPhases, type RunPhaseRow } from '#db/queries/runs.ts';
import { makeRun } from '#test/factories/rows.ts';
import { createDatabase, useDatabase } from '#test/support/postgres.ts';
import { until } from '#test/support/until.ts';
import { keptLog, runIntercepted, tryOf } from './support/runActivity.ts';

const database = useDatabase();
const phaseOf = async (runId: string): Promise<RunPhaseRow | undefined> => (await listRunPhases(database.db, [runId])).get(runId)?.[0];
async function setUp() {
  const { log, lines } = keptLog();
  return { deps: { db: database.db, log }, lines, input: { runId: await makeRun(database.db), phase: 'build' } satisfies PhaseInput };
}
const failing = (error: unknown) => () => Promise.reject(error instanceof Error ? error : new Error(String(error)));

describe('round every activity', () => {
  it('its phase is shown while it runs and when it is done', async () => {
    const { deps, input } = await setUp();
    const during: (RunPhaseRow | undefined)[] = [];
    const result = await runIntercepted(deps, async () => {
      during.push(await phaseOf(input.runId));
      return { summary: '3 files', counts: { files: 3 } };
    }, input, tryOf({ attempt: 2 }));
    expect(result).toEqual({ summary: '3 files', counts: { files: 3 } });
    expect(during[0]).toMatchObject({ phase: 'build', state: 'running', attempt: 2 });
    expect(await phaseOf(input.runId)).toMatchObject({ state: 'done', attempt: 2, summary: '3 files', counts: { files: 3 } });
  });

  it('a failure that will pass is shown with the time of the next try, and thrown with it', async () => {
    const { deps, input, lines } = await setUp();
    const before = Date.now();
    await expect(runIntercepted(deps, failing(new S3Error('unavailable', 'SlowDown', 503, 'PUT x')), input)).rejects.toMatchObject({ type: 'S3Unavailable', nonRetryable: false, nextRetryDelay: 1_000 });
    const phase = await phaseOf(input.runId);
    expect(phase).toMatchObject({ state: 'retrying', errorCode: 'S3Unavailable', errorMessage: 'The file store (S3) does not answer properly (503 SlowDown).' });
    expect(phase?.nextAttemptAt?.getTime()).toBeGreaterThanOrEqual(before + 1_000);
    expect(lines).toMatchObject([{ level: 40, failure: 'S3Unavailable', runId: input.runId, detail: 'S3 answered SlowDown (503) to PUT x' }]);
  });

  it('a failure that a person must mend is shown as the end', async () => {
    const { deps, input } = await setUp();
    await expect(runIntercepted(deps, failing(new StepError('HugoFailed', 'Hugo could not build.', [{ message: 'x' }])), input)).rejects.toMatchObject({ type: 'HugoFailed', nonRetryable: true, details: [{ problems: [{ message: 'x' }] }] });
    expect(await phaseOf(input.runId)).toMatchObject({ state: 'failed', errorCode: 'HugoFailed', errorMessage: 'Hugo could not build.', nextAttemptAt: null });
  });

  it('what is waited for is no line that anybody has to read', async () => {
    const { deps, input, lines } = await setUp();
    await expect(runIntercepted(deps, failing(new StepError('CaptionsNotReady', 'Captions are at work.')), input)).rejects.toMatchObject({ type: 'CaptionsNotReady', nextRetryDelay: 60_000 });
    expect(lines.filter(({ level }) => level > 20)).toEqual([]);
  });

  it('what nobody expected is loud in the log, with its stack, and quiet to people', async () => {
    const { deps, input, lines } = await setUp();
    await expect(runIntercepted(deps, failing(new TypeError('secret of ours')), input)).rejects.toSatisfy((error: unknown) => error instanceof ApplicationFailure && error.type === 'Unexpected' && !error.message.includes('secret') && error.cause === undefined);
    expect(lines).toMatchObject([{ level: 50, err: { type: 'TypeError', message: 'secret of ours', stack: expect.stringContaining('activityInterceptor.test.ts') as string } }]);
  });

  it('a cancellation is no failure: nothing is recorded, and it is thrown as it is', async () => {
    const { deps, input, lines } = await setUp();
    const environment = tryOf();
    const cancelled = runIntercepted(deps, async () => {
      environment.cancel('CANCELLED');
      await Promise.resolve();
      throw new S3Error('unavailable', 'x', null, 'x');
    }, input, environment);
    await expect(cancelled).rejects.toThrow(S3Error);
    await expect(runIntercepted(deps, failing(new CancelledFailure('x')), input)).rejects.toThrow(CancelledFailure);
    expect([(await phaseOf(input.runId))?.state, lines]).toEqual(['running', []]);
  });

  it('an activity that is no phase leaves no row', async () => {
    const { deps } = await setUp();
    expect(await runIntercepted(deps, async (given: { siteId: string }) => given.siteId, { siteId: 'x' })).toBe('x');
    await expect(runIntercepted(deps, failing(new StepError('SiteMissing', 'It is gone.')), { siteId: 'x' })).rejects.toMatchObject({ type: 'SiteMissing' });
  });

  it('a timeline that cannot be written does not hide why a step failed', async () => {
    const other = await createDatabase();
    const { log, lines } = keptLog();
    const input = { runId: await makeRun(other.db), phase: 'build' };
    const failed = runIntercepted({ db: other.db, log }, async () => {
      await other.drop();
      throw new StepError('HugoFailed', 'Hugo could not build.');
    }, input);
    await expect(failed).rejects.toMatchObject({ type: 'HugoFailed' });
    expect(lines.map((line) => line.msg)).toEqual(['Hugo could not build.', 'The phase could not be recorded']);
  });

  it('a run that does not exist is a fault of ours', async () => {
    const { deps } = await setUp();
    await expect(runIntercepted(deps, async () => 1, { runId: uuidv7(), phase: 'build' })).rejects.toMatchObject({ type: 'Unexpected' });
  });

  it('heartbeats tell that the process lives, and repeat the last position', async () => {
    const { deps, input } = await setUp();
    const environment = tryOf();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => beats.push(details));
    await runIntercepted(deps, async () => {
      reportPosition(environment.context, 7);
      expect(beats).toEqual([7]);
      await until('a beat came by itself', async () => beats.length >= 2, { withinMs: 10_000 });
    }, input, environment);
    expect(beats.slice(0, 2)).toEqual([7, 7]);
  });

  it('a local activity has no heartbeats: its worker would refuse them', async () => {
    const { deps, input } = await setUp();
    const environment = tryOf({ isLocal: true });
    environment.on('heartbeat', () => expect.unreachable('a local activity beat'));
    expect(await runIntercepted(deps, async () => ({ summary: 's', counts: {} }), input, environment)).toEqual({ summary: 's', counts: {} });
  });
});

describe('outward effects', () => {
  it('are for the installation the database belongs to, and say how others get them', async () => {
    await database.clear();
    await assertOutwardEffects({ db: database.db, config: { studioInstallation: 'production' } });
    await assertOutwardEffects({ db: database.db, config: { studioInstallation: 'production' } });
    await expect(assertOutwardEffects({ db: database.db, config: { studioInstallation: 'laptop' } })).rejects.toMatchObject({
      type: 'OutwardEffectsOff',
      message: 'This database belongs to the installation ‘production’, and this is ‘laptop’: nothing is pushed or published from here. An admin can adopt the installation under Administration.',
    });
  });
});
