import type { RunRow } from '#db/queries/runs.ts';

/** What an offline run builds from, kept in its row: later publishes belong to the next pass. */
export interface FrozenOffline {
  /** The publish that is out. */
  readonly ofRunId: string;
  /** What readers see of it, one per theme output. */
  readonly online: readonly { readonly theme: string; readonly manifestKey: string }[];
  /** Theme output -> manifest of the tree that stood when the run began. */
  readonly standing: Readonly<Record<string, string>>;
  readonly verdict: 'build' | 'hide' | 'none';
}

/** What the gate froze. @throws when it did not run. */
export function frozenOfflineOf(run: Pick<RunRow, 'frozen'> | undefined): FrozenOffline {
  const offline = run?.frozen['offline'];
  if (offline === undefined) throw new Error('The run has not been through its gate');
  return offline as FrozenOffline;
}
