/** Workflows whose code throws, or is changed under them; only the test of what engineers are told runs them. */
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const { greet } = proxyActivities<{ greet(): Promise<string> }>({ startToCloseTimeout: '10 seconds' });
const goOn = defineSignal('goOn');

/** Throws what is no failure of Temporal’s: the task fails, and is tried again for ever. */
export async function broken(input: { readonly thing?: { readonly title: string } }): Promise<string> {
  return (input.thing as { readonly title: string }).title;
}

export async function changed(): Promise<void> {
  let mayEnd = false;
  setHandler(goOn, () => {
    mayEnd = true;
  });
  await greet();
  await condition(() => mayEnd);
}
