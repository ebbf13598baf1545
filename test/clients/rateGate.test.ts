import { describe, expect, it } from 'vitest';
import { GitHubError } from '#clients/gitHubError.ts';
import { createRateGate, type Heard } from '#clients/rateGate.ts';

const AT = Date.parse('2026-03-01T12:00:00Z');
const answer = (headers: Heard['headers'] = {}, status = 200, message = ''): Heard => ({ status, message, headers });

describe('the gate of a host', () => {
  let now = AT;
  const gateOf = (cutoff = 100) => {
    now = AT;
    return createRateGate({ cutoff, now: () => now });
  };
  const leftOf = async (gate: ReturnType<typeof createRateGate>): Promise<number | null> => {
    try {
      await gate.pass(() => Promise.resolve());
      return null;
    } catch (error) {
      if (!(error instanceof GitHubError) || error.kind !== 'rateLimited') throw error;
      return error.retryAfterMs;
    }
  };

  it.each<[string, Heard, number | null]>([
    ['an answer without headers', answer(), null],
    ['429 with Retry-After', answer({ 'retry-after': '30' }, 429), 30_000],
    ['429 without', answer({}, 429), 60_000],
    ['a secondary limit without Retry-After', answer({}, 403, 'You have exceeded a secondary rate limit.'), 60_000],
    ['the old words for it', answer({}, 403, 'You have triggered an abuse detection mechanism.'), 60_000],
    ['403 that is about rights', answer({ 'x-ratelimit-remaining': '4000', 'x-ratelimit-limit': '5000' }, 403, 'Resource not accessible by integration'), null],
    ['an exhausted quota, by GitHub’s own clock', answer({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(AT / 1_000 + 7_200), date: new Date(AT + 7_000_000).toUTCString() }, 403, 'API rate limit exceeded'), 200_000],
    ['a quota that runs out', answer({ 'x-ratelimit-remaining': '100', 'x-ratelimit-limit': '5000', 'x-ratelimit-reset': String(AT / 1_000 + 600), date: new Date(AT).toUTCString() }), 600_000],
    ['a quota that is still large', answer({ 'x-ratelimit-remaining': '101', 'x-ratelimit-limit': '5000', 'x-ratelimit-reset': String(AT / 1_000 + 600) }), null],
    ['a quota that is small from the beginning', answer({ 'x-ratelimit-remaining': '59', 'x-ratelimit-limit': '60', 'x-ratelimit-reset': String(AT / 1_000 + 600) }), null],
  ])('after %s', async (_, heard, leftMs) => {
    const gate = gateOf();
    gate.hear(heard);
    expect(await leftOf(gate)).toBe(leftMs);
  });

  it('stays closed for the longest time that was named', async () => {
    const gate = gateOf();
    gate.hear(answer({ 'retry-after': '30' }, 429));
    gate.hear(answer({ 'retry-after': '5' }, 429));
    now += 10_000;
    expect(await leftOf(gate)).toBe(20_000);
  });

  it('lets one call ahead when the time is over, and the others only after a good answer', async () => {
    const gate = gateOf();
    gate.hear(answer({ 'retry-after': '30' }, 429));
    now += 30_000;
    let answerCame: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answerCame = resolve));
    const scout = gate.pass(async () => {
      await held;
      gate.hear(answer({ 'retry-after': '10' }, 429));
      throw new GitHubError('rateLimited', 'still', 429, 10_000);
    });
    let sent = 0;
    const others = Promise.allSettled(Array.from({ length: 5 }, () => gate.pass(() => Promise.resolve((sent += 1)))));
    answerCame();
    await expect(scout).rejects.toThrow('still');
    expect((await others).map((each) => each.status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
    expect(sent).toBe(0);
    now += 10_000;
    await gate.pass(() => {
      gate.hear(answer());
      return Promise.resolve();
    });
    await Promise.all(Array.from({ length: 5 }, () => gate.pass(() => Promise.resolve((sent += 1)))));
    expect(sent).toBe(5);
  });

  it('is not taken in by a good answer to a call that was sent before the limit', async () => {
    const gate = gateOf();
    gate.hear(answer({ 'retry-after': '30' }, 429));
    gate.hear(answer());
    now += 30_000;
    let sent = 0;
    const call = async (): Promise<void> => {
      sent += 1;
      // The answer comes later than the other calls are made.
      await Promise.resolve();
      gate.hear(answer({ 'retry-after': '10' }, 429));
    };
    await Promise.allSettled(Array.from({ length: 5 }, () => gate.pass(call)));
    expect(sent).toBe(1);
  });

  it('lets the next one ahead when the first got no answer at all', async () => {
    const gate = gateOf();
    gate.hear(answer({ 'retry-after': '30' }, 429));
    now += 30_000;
    const order: string[] = [];
    const first = gate.pass(() => Promise.reject(new Error('connection reset')));
    const second = gate.pass(() => {
      order.push('second');
      gate.hear(answer());
      return Promise.resolve();
    });
    const third = gate.pass(() => Promise.resolve(void order.push('third')));
    await expect(first).rejects.toThrow('connection reset');
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
  });
});
