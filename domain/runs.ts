/**
 * The states of a run and of its phases, and which may follow which.
 * A run is one pass of a process: frozen input, phases, one end.
 */

export const publishVersions = ['draft', 'live'] as const;
export type PublishVersion = (typeof publishVersions)[number];

/** What people call where a version of a site is seen. */
export const placeOf: Readonly<Record<PublishVersion, string>> = { draft: 'Staging', live: 'Production' };

export const runStates = ['running', 'succeeded', 'failed', 'cancelled', 'superseded', 'terminated'] as const;
export type RunState = (typeof runStates)[number];

export const phaseStates = ['pending', 'running', 'retrying', 'done', 'failed', 'skipped'] as const;
export type PhaseState = (typeof phaseStates)[number];

/** `failed` stays open for seven days: a retry makes it run again, a newer request supersedes it. */
export const runTransitions: Readonly<Record<RunState, readonly RunState[]>> = {
  running: ['succeeded', 'failed', 'cancelled', 'superseded', 'terminated'],
  failed: ['running', 'superseded', 'cancelled', 'terminated'],
  succeeded: [],
  cancelled: [],
  superseded: [],
  terminated: [],
};

/** Whether a run in state `from` may be recorded as `to`; recording a state twice is allowed. */
export function canMove(from: RunState, to: RunState): boolean {
  return from === to || runTransitions[from].includes(to);
}

/** A state after which the run row never changes again. */
export function isFinal(state: RunState): boolean {
  return runTransitions[state].length === 0;
}

/** One fault an author or operator can act on, with its place when it has one. */
export interface Problem {
  readonly message: string;
  /** Path inside the content repository, or inside the theme when `inTheme`. */
  readonly file?: string;
  readonly line?: number;
  readonly inTheme?: boolean;
  /** The item where it is mended, so that people can be led there. */
  readonly item?: ProblemItem;
}

export interface ProblemItem {
  /** Name of its site. */
  readonly site: string;
  readonly textId: string;
  readonly title: string | null;
}

/** Runs are counted to here, and a list goes no further: so it costs what its page costs, and what is older is found by its filters. */
export const COUNTED_RUNS = 10_000;
