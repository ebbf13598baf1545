import { expect, it } from 'vitest';
import { readJournal } from './watchJournal.ts';

export interface FaultCheck {
  readonly base: () => string;
  /** A correct request; its answer is 2xx while there is no fault. */
  readonly request: (signal?: AbortSignal) => Promise<Response>;
  /** Regular expression of its `METHOD /path`. */
  readonly match: string;
  /** What the vendor says when it limits and when it is broken. */
  readonly says: { readonly limited: RegExp; readonly broken: RegExp };
  /** Sends a request with an effect, and whether that effect is there. */
  readonly effect: { readonly match: string; readonly send: () => Promise<Response>; readonly isThere: () => Promise<boolean> };
}

/** Defines the tests of a stand-in's fault switch: each kind of fault as a client meets it, once, and then no more. */
export function checkFaults({ base, request, match, says, effect }: FaultCheck): void {
  const set = async (wish: Record<string, unknown>): Promise<void> => {
    const answer = await fetch(`${base()}/_control`, { method: 'POST', body: JSON.stringify({ match, ...wish }) });
    expect(answer.status).toBe(200);
  };
  const lastEntry = async () => (await readJournal(base())).at(-1);
  const expectWell = async (): Promise<void> => {
    const answer = await request();
    await answer.arrayBuffer();
    expect(answer.ok).toBe(true);
  };

  it('answers 429 with Retry-After as often as it is told, and then as before', async () => {
    await set({ fault: '429', retryAfterSeconds: 7, times: 2 });
    for (const attempt of [1, 2]) {
      const answer = await request();
      expect({ attempt, status: answer.status, retryAfter: answer.headers.get('retry-after') }).toEqual({ attempt, status: 429, retryAfter: '7' });
      expect(await answer.text()).toMatch(says.limited);
    }
    await expectWell();
  });

  it('answers 500 in the vendor’s words', async () => {
    await set({ fault: '500' });
    const answer = await request();
    expect(answer.status).toBe(500);
    expect(await answer.text()).toMatch(says.broken);
    expect((await lastEntry())?.fault).toBe('500');
    await expectWell();
  });

  it('takes a request and never answers', async () => {
    await set({ fault: 'timeout' });
    await expect(request(AbortSignal.timeout(300))).rejects.toThrow(/timeout|aborted/i);
    expect(await lastEntry()).toMatchObject({ fault: 'timeout', status: 0 });
    await expectWell();
  });

  it('answers late', async () => {
    await set({ fault: 'slow', delayMs: 250 });
    const startedAt = performance.now();
    await expectWell();
    expect(performance.now() - startedAt).toBeGreaterThan(240);
  });

  it('does the work and loses the answer', async () => {
    await set({ fault: 'drop-after-accept', match: effect.match });
    expect(await effect.isThere()).toBe(false);
    await expect(effect.send()).rejects.toThrow();
    expect(await effect.isThere()).toBe(true);
    await expectWell();
  });

  it('ends a fault by time, and all of them at a word', async () => {
    await set({ fault: '500', forMs: 60_000 });
    expect((await request()).status).toBe(500);
    expect((await request()).status).toBe(500);
    await set({ clear: true });
    await expectWell();
  });
}
