import { expect } from 'vitest';

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly unexpected?: boolean;
  readonly fault?: string;
}

/** Reads a stand-in's journal over HTTP, as anybody may. */
export async function readJournal(base: string): Promise<Entry[]> {
  const answer = await fetch(`${base}/_journal`);
  return ((await answer.json()) as { entries: Entry[] }).entries;
}

/** Sends wrong requests on purpose, and tells at the end whether anything else surprised the stand-in. */
export function watchJournal(base: () => string) {
  const provoked: string[] = [];
  const keyOf = (entry: Pick<Entry, 'method' | 'path'>): string => `${entry.method} ${entry.path}`;
  return {
    /** Sends a request no correct client sends, and sees that it is answered as the vendor would, and journalled. */
    async provoke(path: string, init: RequestInit, expected: { readonly status: number; readonly says: string | RegExp }): Promise<Response> {
      const before = (await unexpectedOf(base())).length;
      const answer = await fetch(base() + path, { redirect: 'manual', ...init });
      const text = await answer.text();
      expect({ status: answer.status, text }).toEqual({ status: expected.status, text: expect.stringMatching(expected.says) as string });
      const entries = await unexpectedOf(base());
      expect(entries.length, 'an entry `unexpected` in the journal').toBe(before + 1);
      provoked.push(keyOf(entries.at(-1) ?? { method: '', path: '' }));
      return answer;
    },
    /** Notes a wrong request that a vendor's own client sent. */
    async provokeBy(work: () => Promise<unknown>): Promise<void> {
      const before = (await unexpectedOf(base())).length;
      await work();
      const entries = (await unexpectedOf(base())).slice(before);
      expect(entries.length, 'an entry `unexpected` in the journal').toBeGreaterThan(0);
      provoked.push(...entries.map(keyOf));
    },
    /** Fails when the stand-in met anything it does not know that was not provoked here. */
    async expectNoOther(): Promise<void> {
      expect((await unexpectedOf(base())).map(keyOf)).toEqual(provoked);
      expect(provoked.length, 'wrong requests sent on purpose').toBeGreaterThanOrEqual(10);
    },
  };
}

async function unexpectedOf(base: string): Promise<Entry[]> {
  return (await readJournal(base)).filter((entry) => entry.unexpected === true);
}
