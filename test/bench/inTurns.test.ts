import { expect, it } from 'vitest';
import { inTurns } from './inTurns.ts';

it('takes the sides from the other end in every other round, one at a time', async () => {
  const order: string[] = [];
  const side = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
  };
  for (const round of [0, 1]) await inTurns(round, [side('ours'), side('theirs')]);
  expect(order).toEqual(['ours begins', 'ours ends', 'theirs begins', 'theirs ends', 'theirs begins', 'theirs ends', 'ours begins', 'ours ends']);
});
