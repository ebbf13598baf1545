/** Workflows that send something too large each of the ways a value can leave one; only the test of the payload budget runs them. */
import { ApplicationFailure, condition, continueAsNew, defineQuery, defineSignal, proxyActivities, setHandler, type ActivityFailure } from '@temporalio/workflow';
import { withinBudget } from '#temporal/budget.ts';

export interface BudgetActivities {
  measure(text: string): Promise<number>;
  make(bytes: number): Promise<string>;
}

const { measure, make } = proxyActivities<BudgetActivities>({ startToCloseTimeout: '10 seconds', scheduleToCloseTimeout: '1 minute' });

/** JSON of a text has two quotes round it. */
const textOf = (bytes: number): string => 'x'.repeat(bytes - 2);

function typeOf(error: unknown): string | null | undefined {
  const cause = (error as ActivityFailure).cause ?? error;
  return cause instanceof ApplicationFailure ? cause.type : String(cause);
}

/** Hands an activity an argument of so many bytes. */
export async function sendArgument(bytes: number): Promise<string> {
  try {
    return `measured ${await measure(textOf(bytes))}`;
  } catch (error) {
    return `refused ${typeOf(error)}`;
  }
}

/** Asks an activity for a result of so many bytes. */
export async function receiveResult(bytes: number): Promise<string> {
  try {
    return `got ${(await make(bytes)).length}`;
  } catch (error) {
    return `refused ${typeOf(error)}`;
  }
}

/** Returns so many bytes. */
export async function returnResult(bytes: number): Promise<string> {
  return withinBudget(textOf(bytes));
}

/** Goes on as new with an input of so many bytes, and the second time ends. */
export async function goOn(bytes: number, input = ''): Promise<number> {
  if (input !== '') return input.length;
  await continueAsNew<typeof goOn>(bytes, withinBudget(textOf(bytes)));
  return 0;
}

export const large = defineQuery<string, [number]>('large');
export const note = defineSignal<[string]>('note');

/** Answers queries of so many bytes, and ends at its first signal with its length. */
export async function answer(): Promise<number> {
  let noted: string | undefined;
  setHandler(large, (bytes) => withinBudget(textOf(bytes)));
  setHandler(note, (text) => {
    noted = text;
  });
  await condition(() => noted !== undefined);
  return noted?.length ?? 0;
}
