/** Takes the sides one after the other; in every other round from the last to the first, so that none is always warmed by another. */
export async function inTurns(round: number, sides: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const side of round % 2 === 0 ? sides : [...sides].reverse()) await side();
}
