import { expect, it } from 'vitest';
import { activityContext } from '#activities/activityContext.ts';
import { runActivity } from './support/runActivity.ts';

it('many calls of an activity listen to its signal, and nobody takes them for a leak', async () => {
  const warnings: string[] = [];
  const heard = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', heard);
  try {
    await runActivity(async () => {
      const { abortSignal } = activityContext();
      for (let call = 0; call < 32; call += 1) abortSignal.addEventListener('abort', () => undefined);
      // Warnings come with the next turn.
      await new Promise((resolve) => setImmediate(resolve));
    }, {});
  } finally {
    process.off('warning', heard);
  }
  expect(warnings).toEqual([]);
});
