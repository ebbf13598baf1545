import { afterAll, beforeAll } from 'vitest';

/** Something that is started before the tests of a file and ended after them; what it offers is there once they begin. */
export function useWorld<T extends { close: () => Promise<unknown> }>(start: () => Promise<T>): T {
  let world: T | undefined;
  beforeAll(async () => {
    world = await start();
  });
  afterAll(() => world?.close());
  return new Proxy({} as T, { get: (_target, key): unknown => (world === undefined ? undefined : Reflect.get(world, key)) });
}
