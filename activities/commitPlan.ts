import { blobId, type FileChange } from '#clients/git.ts';
import type { SnapshotChange } from './snapshotChanges.ts';

export interface PlannedCommit {
  /** What to write for each change; changes main already holds are left out. */
  readonly pending: readonly { readonly change: SnapshotChange; readonly files: readonly FileChange[] }[];
  /** Paths that would be written over or removed although main does not hold what was last written there. */
  readonly doubtful: readonly string[];
}

/** Compares a snapshot with the files of main (path -> blob). */
export function planCommit(changes: readonly SnapshotChange[], tree: ReadonlyMap<string, string>): PlannedCommit {
  const targets = new Set(changes.map((change) => change.path));
  /** What was last written to each path, by any item: two items may change places. */
  const baseline = new Map(changes.flatMap(({ written }) => (written == null ? [] : [[written.path, written.blob] as const])));
  // A snapshot of an earlier version says nothing of what was written before.
  const knowsBaseline = changes.every((change) => change.written !== undefined);
  const isDoubtful = (path: string): boolean => {
    if (!knowsBaseline) return false;
    const before = baseline.get(path);
    return before !== null && before !== tree.get(path);
  };
  const pending: { change: SnapshotChange; files: FileChange[] }[] = [];
  const doubtful: string[] = [];
  for (const change of changes) {
    const files: FileChange[] = [];
    if (change.previousPath !== null && tree.has(change.previousPath) && !targets.has(change.previousPath)) files.push({ path: change.previousPath, content: null });
    if (change.path !== null && change.text !== null && tree.get(change.path) !== blobId(change.text)) files.push({ path: change.path, content: change.text });
    if (files.length > 0) pending.push({ change, files });
    doubtful.push(...files.map((file) => file.path).filter((path) => tree.has(path) && isDoubtful(path)));
  }
  return { pending, doubtful };
}
