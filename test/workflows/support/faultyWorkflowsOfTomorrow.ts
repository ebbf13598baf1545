/** The same, as somebody changed them without a patch. */
import { condition, defineSignal, proxyActivities, setHandler, sleep } from '@temporalio/workflow';

const { greet } = proxyActivities<{ greet(): Promise<string> }>({ startToCloseTimeout: '10 seconds' });

export async function changed(): Promise<void> {
  let mayEnd = false;
  setHandler(defineSignal('goOn'), () => {
    mayEnd = true;
  });
  await sleep(10);
  await greet();
  await condition(() => mayEnd);
}
