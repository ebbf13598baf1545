/** What goes with an item that is deleted together with its file, and what must not go. Nothing here reads or writes. */

/** An item that shall go, and the items that name it. */
export interface DeletionCandidate<R extends NamedItem = NamedItem> {
  readonly itemId: string;
  readonly siteId: string;
  readonly textId: string;
  readonly namedBy: readonly R[];
}

interface NamedItem {
  readonly siteId: string;
  readonly textId: string;
}

/** Code of the reason for which something stays that others name. */
export const REFERENCED = 'Referenced';

/** Why a resource stays after somebody undid its deletion, whatever became of its file; forgotten once the file is found again. */
export const UNDONE = { code: 'Undone', message: 'Somebody undid its deletion, so its resource stays, also without a file in Google Drive. Delete it in the studio if it shall go.' } as const;

/**
 * Which of these items are named by something that stays: by an item that does not go, or by one that would go and is itself named by such a one.
 * @returns their ids, each with those that keep it.
 */
export function keptByReferences<R extends NamedItem>(candidates: readonly DeletionCandidate<R>[]): ReadonlyMap<string, readonly R[]> {
  const keyOf = (item: NamedItem): string => `${item.siteId} ${item.textId}`;
  const going = new Set(candidates.map(keyOf));
  const kept = new Map<string, readonly R[]>();
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const candidate of candidates) {
      if (kept.has(candidate.itemId)) continue;
      const keeping = candidate.namedBy.filter((referrer) => !going.has(keyOf(referrer)));
      if (keeping.length === 0) continue;
      kept.set(candidate.itemId, keeping);
      going.delete(keyOf(candidate));
      isSettled = false;
    }
  }
  return kept;
}
