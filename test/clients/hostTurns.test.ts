import { describe, expect, it } from 'vitest';
import { createHostTurns } from '#clients/hostTurns.ts';

function turns() {
  let time = 0;
  const slept: number[] = [];
  const gate = createHostTurns({
    everyMs: 1_000,
    now: () => time,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  });
  return { ...gate, slept, at: (ms: number): void => void (time = ms) };
}

describe('turns of hosts', () => {
  it('of one host are a second apart, whoever asks for them', async () => {
    const gate = turns();
    await Promise.all(['a', 'a', 'a'].map((host) => gate.turn(host)));
    expect(gate.slept).toEqual([1_000, 2_000]);
    gate.at(2_500);
    await gate.turn('a');
    expect(gate.slept).toEqual([1_000, 2_000, 500]);
  });

  it('of another host, or after long enough, come at once', async () => {
    const gate = turns();
    await gate.turn('a');
    await gate.turn('b');
    gate.at(1_000);
    await gate.turn('a');
    expect(gate.slept).toEqual([]);
  });

  it('are kept for hosts that are asked for while a thousand others are', async () => {
    const gate = turns();
    for (let index = 0; index < 1_500; index += 1) await gate.turn(`host-${index}`);
    await gate.turn('host-0');
    expect(gate.slept).toEqual([1_000]);
    gate.at(5_000);
    await gate.turn('host-0');
    await gate.turn('host-0');
    expect(gate.slept).toEqual([1_000, 1_000]);
  });

  it('are given to nobody who does not want one any more', async () => {
    const gate = turns();
    await expect(gate.turn('a', AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    await gate.turn('a');
    expect(gate.slept).toEqual([]);
    const real = createHostTurns({ everyMs: 60_000 });
    await real.turn('a');
    const stop = new AbortController();
    const waiting = real.turn('a', stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
  });
});
