import { type Context } from '@temporalio/activity';
import { type ActivityExecuteInput, DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type Logger, pino } from 'pino';
import { ActivityInterceptor } from '#activities/activityInterceptor.ts';
import type { Db } from '#db/knex.ts';

/** A log that keeps its lines. */
export function keptLog(): { readonly log: Logger; readonly lines: { level: number; msg: string; [key: string]: unknown }[] } {
  const lines: { level: number; msg: string; [key: string]: unknown }[] = [];
  const log: Logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) });
  return { log, lines };
}

/** The context of one try of what was asked for just now; the SDK's own word on failures, which the tests want, is left out. */
export function tryOf(info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {}): MockActivityEnvironment {
  return new MockActivityEnvironment({ scheduledTimestampMs: Date.now(), ...info }, { logger: new DefaultLogger('ERROR') });
}

/** Runs an activity in a context of its own, as a worker would without the interceptor. */
export function runActivity<I, O>(activity: (input: I) => Promise<O>, input: I, info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {}): Promise<O> {
  return tryOf(info).run(activity, input);
}

/** The same for one of a set of activities, by its name. */
export function runStep<A extends Readonly<Record<K, (input: never) => Promise<unknown>>>, K extends keyof A>(activities: A, name: K, input: Parameters<A[K]>[0], info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {}): Promise<Awaited<ReturnType<A[K]>>> {
  return runActivity((given: Parameters<A[K]>[0]) => activities[name](given) as Promise<Awaited<ReturnType<A[K]>>>, input, info);
}

/** Runs an activity with the interceptor round it, as a worker does. */
export function runIntercepted<I, O>(deps: { db: Db; log: Logger }, activity: (input: I) => Promise<O>, input: I, environment = tryOf()): Promise<O> {
  const interceptor = new ActivityInterceptor(environment.context satisfies Context, deps);
  const executed: ActivityExecuteInput = { args: [input], headers: {} };
  return environment.run(() => interceptor.execute(executed, ({ args }) => activity(args[0] as I)) as Promise<O>);
}
