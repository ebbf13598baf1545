import { afterAll, beforeAll, beforeEach } from 'vitest';
import { makeDrive } from '../factories/drive.ts';

type World = Awaited<ReturnType<typeof makeDrive>>;

/** What a test may have set, as it was. */
const settings = { indexLagMs: 0, incompleteSearch: false, maxPageSize: 1_000 };

/** A shared drive for the tests of a file; before each of them it answers as ever, and has no journal. What lies in it stays. */
export function useDrive(): World {
  let world: World | undefined;
  beforeAll(async () => {
    world = await makeDrive();
  });
  afterAll(() => world?.close());
  beforeEach(async () => {
    if (world === undefined) return;
    await fetch(`${world.url}/_control`, { method: 'POST', body: '{"clear":true}' });
    world.set(settings);
    world.journal.length = 0;
  });
  // It is there only once the tests begin.
  return new Proxy({} as World, { get: (_target, key): unknown => (world === undefined ? undefined : Reflect.get(world, key)) });
}
