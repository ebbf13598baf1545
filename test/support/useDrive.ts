import { beforeEach } from 'vitest';
import { makeDrive } from '../factories/drive.ts';
import { useWorld } from './useWorld.ts';

/** What a test may have set, as it was. */
const settings = { indexLagMs: 0, incompleteSearch: false, maxPageSize: 1_000 };

/** A shared drive for the tests of a file; before each of them it answers as ever, and has no journal. What lies in it stays. */
export function useDrive(): Awaited<ReturnType<typeof makeDrive>> {
  const world = useWorld(() => makeDrive());
  beforeEach(async () => {
    await fetch(`${world.url}/_control`, { method: 'POST', body: '{"clear":true}' });
    world.set(settings);
    world.journal.length = 0;
  });
  return world;
}
