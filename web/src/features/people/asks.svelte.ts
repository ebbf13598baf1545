import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';

/** What people ask about people: one thing at a time, named by whom it concerns. */
export class Asks extends OneAtATime<string> {
  /** Does it; resolves to the answer, or undefined with `problem` set. */
  perform<T>(kind: string, work: () => Promise<T>): Promise<T | undefined> {
    return this.once(kind, work);
  }
}
