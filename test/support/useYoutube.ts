import { afterEach, beforeEach, expect } from 'vitest';
import { makeYoutube, type YoutubeWorld } from '../factories/youtube.ts';
import { useWorld } from './useWorld.ts';

/** YouTube for the tests of a file; before each of them it answers as ever. What it has stays. Nobody may ask what it does not know. */
export function useYoutube(): YoutubeWorld {
  const world = useWorld(() => makeYoutube());
  beforeEach(() => world.reset());
  afterEach(() => expect(world.unexpected()).toEqual([]));
  return world;
}
