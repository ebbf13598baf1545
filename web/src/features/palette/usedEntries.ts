const KEPT = 'studio.palette';
const MOST = 20;

/** Ids of what a person chose in the palette of this browser, the latest first. */
export function usedEntries(who: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '{}');
    const of = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>)[who] : undefined;
    return Array.isArray(of) ? of.filter((id): id is string => typeof id === 'string') : [];
  } catch (error) {
    // What is no JSON was written by somebody else, and is written over at the next choice.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Notes that a person chose something. */
export function noteUsed(who: string, id: string): void {
  localStorage.setItem(KEPT, JSON.stringify({ [who]: [id, ...usedEntries(who).filter((other) => other !== id)].slice(0, MOST) }));
}
