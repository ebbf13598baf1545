import { expect, it } from 'vitest';
import { inTurns } from './inTurns.ts';

it('takes the sides from the other end in every other round, one at a time', async () => {
  const order: string[] = [];
  const side = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
  };
  await inTurns(0, [side('ours'), side('theirs')]);
  await inTurns(1, [side('ours'), side('theirs')], () => Promise.resolve(order.push('quiet')));
  expect(order).toEqual(['ours begins', 'ours ends', 'theirs begins', 'theirs ends', 'quiet', 'theirs begins', 'theirs ends', 'quiet', 'ours begins', 'ours ends']);
});
