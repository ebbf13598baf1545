import { expect, it } from 'vitest';
import { createPace } from '#clients/pace.ts';

/** A pace whose clock moves only by its own pauses. */
function pacing() {
  let at = 1_000;
  const slept: number[] = [];
  const pace = createPace({
    firstPauseMs: 100,
    longestPauseMs: 400,
    now: () => at,
    sleep: async (ms) => {
      slept.push(ms);
      at += ms;
    },
  });
  return { pace, slept };
}

it('waits for nothing while nobody asked to slow down', async () => {
  const { pace, slept } = pacing();
  await pace.turn();
  pace.eased();
  await pace.turn();
  expect(slept).toEqual([]);
});

it('pauses twice as long each time it is asked again, up to a bound', async () => {
  const { pace, slept } = pacing();
  for (let round = 0; round < 4; round += 1) {
    pace.slowed();
    await pace.turn();
  }
  expect(slept).toEqual([100, 200, 400, 400]);
});

it('counts what was sent together once', async () => {
  const { pace, slept } = pacing();
  for (let answer = 0; answer < 24; answer += 1) pace.slowed();
  await pace.turn();
  pace.slowed();
  await pace.turn();
  expect(slept).toEqual([100, 200]);
});

it('pauses shorter again after good answers', async () => {
  const { pace, slept } = pacing();
  for (let round = 0; round < 3; round += 1) {
    pace.slowed();
    await pace.turn();
  }
  for (let answer = 0; answer < 14; answer += 1) pace.eased();
  pace.slowed();
  await pace.turn();
  expect(slept.at(-1)).toBeGreaterThan(200);
  expect(slept.at(-1)).toBeLessThan(400);
  for (let answer = 0; answer < 100; answer += 1) pace.eased();
  pace.slowed();
  await pace.turn();
  expect(slept.at(-1)).toBe(100);
});

it('gives up its turn when the caller does', async () => {
  const pace = createPace({ firstPauseMs: 60_000, longestPauseMs: 60_000 });
  pace.slowed();
  const controller = new AbortController();
  const turn = pace.turn(controller.signal);
  controller.abort();
  await expect(turn).rejects.toThrow(/abort/i);
});
