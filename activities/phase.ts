/**
 * Input of an activity that is a phase of a run: the interceptor records the phase by it, when a try starts, fails
 * or ends, so that no workflow spends a turn on it.
 */
export interface PhaseInput {
  readonly runId: string;
  readonly phase: string;
}

/** What a phase leaves in the timeline. */
export interface PhaseResult {
  /** One line: "312 of 1,933 files changed, 4.1 MB". */
  readonly summary: string;
  readonly counts: Readonly<Record<string, number>>;
}

export function isPhaseInput(value: unknown): value is PhaseInput {
  return typeof value === 'object' && value !== null && 'runId' in value && typeof value.runId === 'string' && 'phase' in value && typeof value.phase === 'string';
}

export function isPhaseResult(value: unknown): value is PhaseResult {
  return typeof value === 'object' && value !== null && 'summary' in value && typeof value.summary === 'string' && 'counts' in value && typeof value.counts === 'object';
}
