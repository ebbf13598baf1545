import { describe, expect, it } from 'vitest';
import { inParallel } from '#activities/inParallel.ts';
import { seeded } from '#test/support/seeded.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

describe('work in parallel', () => {
  it('is done once for each, in order of starting, never wider than allowed', async () => {
    const random = seeded(1);
    const started: number[] = [];
    let running = 0;
    let widest = 0;
    await inParallel(Array.from({ length: 200 }, (_, index) => index), 7, async (item, index) => {
      expect(index).toBe(item);
      started.push(item);
      widest = Math.max(widest, (running += 1));
      await turns(random.below(20));
      running -= 1;
    });
    expect(started).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect([widest, running]).toEqual([7, 0]);
  });

  it('reports only what is done without a gap', async () => {
    const random = seeded(2);
    const done = new Set<number>();
    const reports: number[] = [];
    await inParallel(Array.from({ length: 100 }, (_, index) => index), 9, async (item) => {
      await turns(random.below(40));
      done.add(item);
    }, {
      onProgress: (fromStart) => {
        for (let index = 0; index < fromStart; index += 1) expect(done.has(index)).toBe(true);
        reports.push(fromStart);
      },
    });
    expect(reports).toHaveLength(100);
    expect(reports).toEqual([...reports].sort((a, b) => a - b));
    expect(reports.at(-1)).toBe(100);
  });

  it('stops at the first failure, when what runs has ended', async () => {
    const started: number[] = [];
    let ended = 0;
    const work = inParallel(Array.from({ length: 50 }, (_, index) => index), 3, async (item) => {
      started.push(item);
      if (item === 4) throw new Error('the fifth');
      if (item === 5) throw new Error('the sixth, later');
      await turns(30);
      ended += 1;
    });
    await expect(work).rejects.toThrow('the fifth');
    expect(started.length).toBeLessThan(10);
    expect(ended).toBe(started.filter((item) => item !== 4 && item !== 5).length);
  });

  it('stops when it is cancelled, with the reason', async () => {
    const controller = new AbortController();
    let count = 0;
    const work = inParallel(Array.from({ length: 50 }, (_, index) => index), 2, async () => {
      count += 1;
      if (count === 10) controller.abort(new Error('cancelled'));
      await turns(2);
    }, { abortSignal: controller.signal });
    await expect(work).rejects.toThrow('cancelled');
    expect(count).toBeLessThan(14);
  });

  it('of nothing is done at once', async () => {
    await inParallel([], 5, () => Promise.reject(new Error('never')));
  });
});
