import { afterEach, beforeEach, expect } from 'vitest';
import type { useBuckets } from '../../support/buckets.ts';
import type { useDatabase } from '../../support/postgres.ts';
import { type Captioning, createCaptioning, type Filmed } from './captioning.ts';

/** A project at 3Play with a ledger and a film to be captioned, anew for each test over an empty database. Nobody may ask what it does not know. */
export function useCaptioning(database: ReturnType<typeof useDatabase>, buckets: ReturnType<typeof useBuckets>): { readonly world: Captioning; readonly film: Filmed } {
  let now: { readonly world: Captioning; readonly film: Filmed } | undefined;
  beforeEach(async () => {
    await database.clear();
    const world = await createCaptioning({ db: database.db, s3: buckets.s3, bucketsEnv: buckets.env });
    now = { world, film: await world.film() };
  });
  afterEach(async () => {
    const unexpected = now?.world.standIn.journal.filter((entry) => entry.unexpected === true);
    await now?.world.close();
    expect(unexpected).toEqual([]);
  });
  const part = <T extends object>(of: 'world' | 'film'): T => new Proxy({} as T, { get: (_target, key): unknown => (now === undefined ? undefined : Reflect.get(now[of], key)) });
  return { world: part<Captioning>('world'), film: part<Filmed>('film') };
}
