/** Takes the sides one after the other; in every other round from the last to the first, so that none is always warmed by another; `before` comes before each. */
export async function inTurns(round: number, sides: readonly (() => Promise<unknown>)[], before: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
    await before();
    await side();
  }
}
