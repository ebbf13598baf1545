import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PAYLOAD_BYTES, withinBudget } from '#temporal/budget.ts';
import { dataConverter } from '#temporal/converter.ts';
import { createTimeSkipping } from '#test/support/createTimeSkipping.ts';
import { seeded } from '#test/support/seeded.ts';
import { answer, type BudgetActivities, goOn, large, note, receiveResult, returnResult, sendArgument } from './support/budgetWorkflows.ts';

const converter = createRequire(import.meta.url)(dataConverter.payloadConverterPath ?? '') as { MAX_PAYLOAD_BYTES: number; payloadConverter: { toPayload: (value: unknown) => unknown } };
const fits = MAX_PAYLOAD_BYTES;
const tooLarge = MAX_PAYLOAD_BYTES + 1;

describe('a value of more than 16 KB', () => {
  let environment: TestWorkflowEnvironment;
  let worker: Worker;
  let running: Promise<void>;
  let started = 0;
  beforeAll(async () => {
    // Every failure here is wanted; the worker’s own word on it is noise.
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    environment = await createTimeSkipping();
    worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: 'budget',
      workflowsPath: fileURLToPath(new URL('./support/budgetWorkflows.ts', import.meta.url)),
      dataConverter,
      activities: { measure: async (text) => text.length, make: async (bytes) => 'x'.repeat(bytes - 2) } satisfies BudgetActivities,
    });
    running = worker.run();
  });
  afterAll(async () => {
    worker.shutdown();
    await running;
    await environment.teardown();
  });

  // A workflow whose task fails for ever would outlast this; one that fails properly ends at once.
  const options = () => ({ taskQueue: 'budget', workflowId: `budget-${(started += 1)}`, workflowExecutionTimeout: '1 minute' as const });
  async function failureTypeOf(run: Promise<unknown>): Promise<string | null | undefined> {
    try {
      await run;
    } catch (error) {
      const cause = error instanceof WorkflowFailedError ? error.cause : error;
      return cause instanceof ApplicationFailure ? cause.type : String(cause);
    }
    return 'nothing failed';
  }

  it('is refused as an argument of an activity, and the workflow can catch it', async () => {
    expect(await environment.client.workflow.execute(sendArgument, { ...options(), args: [fits] })).toBe(`measured ${fits - 2}`);
    expect(await environment.client.workflow.execute(sendArgument, { ...options(), args: [tooLarge] })).toBe('refused PayloadTooLarge');
  });

  it('is refused as a result of an activity, for good', async () => {
    expect(await environment.client.workflow.execute(receiveResult, { ...options(), args: [fits] })).toBe(`got ${fits - 2}`);
    expect(await environment.client.workflow.execute(receiveResult, { ...options(), args: [tooLarge] })).toBe('refused PayloadTooLarge');
  });

  it('fails the workflow that would return it', async () => {
    expect(await environment.client.workflow.execute(returnResult, { ...options(), args: [fits] })).toHaveLength(fits - 2);
    expect(await failureTypeOf(environment.client.workflow.execute(returnResult, { ...options(), args: [tooLarge] }))).toBe('PayloadTooLarge');
  });

  it('fails the workflow that would go on as new with it', async () => {
    expect(await environment.client.workflow.execute(goOn, { ...options(), args: [fits] })).toBe(fits - 2);
    expect(await failureTypeOf(environment.client.workflow.execute(goOn, { ...options(), args: [tooLarge] }))).toBe('PayloadTooLarge');
  });

  it('is refused as a signal where it is sent, and as an answer to a query; the workflow goes on', async () => {
    const handle = await environment.client.workflow.start(answer, options());
    expect(await handle.query(large, fits)).toHaveLength(fits - 2);
    await expect(handle.query(large, tooLarge)).rejects.toThrow('at most 16384 may');
    await expect(handle.signal(note, 'x'.repeat(tooLarge))).rejects.toThrow('at most 16384 may');
    await handle.signal(note, 'done');
    expect(await handle.result()).toBe(4);
  });

  it('is refused as the input of a workflow where it is started', async () => {
    await expect(environment.client.workflow.start('goOn', { ...options(), args: [1, 'x'.repeat(tooLarge)] })).rejects.toThrow('at most 16384 may');
  });
});

describe('the two measures', () => {
  const isTaken = (measure: (value: unknown) => unknown, value: unknown): boolean => {
    try {
      measure(value);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ type: 'PayloadTooLarge', nonRetryable: true });
      return false;
    }
  };

  it('are the same: what the workflow lets pass, the converter takes', () => {
    expect(converter.MAX_PAYLOAD_BYTES).toBe(MAX_PAYLOAD_BYTES);
    const random = seeded(16);
    for (let count = 0; count < 300; count += 1) {
      const character = random.pick(['a', 'é', '日', '😀', '"', '\n', '\ud800']);
      const value = { text: character.repeat(Math.floor(fits / Buffer.byteLength(JSON.stringify(character).slice(1, -1))) - 8 + random.below(8)), pad: 'x'.repeat(random.below(24)) };
      expect(isTaken(withinBudget, value)).toBe(isTaken(converter.payloadConverter.toPayload, value));
    }
  });

  it.each([undefined, null, 0, '', [], {}])('take %j', (value) => {
    expect(withinBudget(value)).toBe(value);
    expect(isTaken(converter.payloadConverter.toPayload, value)).toBe(true);
  });
});
