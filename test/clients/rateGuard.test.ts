import { expect, it } from 'vitest';
import { createRateGuard } from '#clients/rateGuard.ts';

it('lets so much of one kind and of all through in a window, and tells of the rest once it is over', () => {
  let now = 0;
  const heldBack: number[] = [];
  const mayPass = createRateGuard({ perKey: 2, inAll: 3, windowMs: 1_000, now: () => now, onHeldBack: (count) => heldBack.push(count) });
  expect(['a', 'a', 'a', 'b', 'c'].map(mayPass)).toEqual([true, true, false, true, false]);
  now = 999;
  expect(mayPass('b')).toBe(false);
  now = 1_000;
  expect(mayPass('a')).toBe(true);
  expect(heldBack).toEqual([3]);
  now = 2_000;
  expect(mayPass('a')).toBe(true);
  expect(heldBack).toEqual([3]);
});
