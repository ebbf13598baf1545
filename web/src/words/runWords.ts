import type { Phase, Run } from '#api/contracts/runs.ts';
import type { IconName } from '../ui/Icon.svelte';
import type { Tone } from '../ui/tones.ts';

export interface StateWords {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly word: string;
}

/** How a run's state is said and drawn. */
export const runStateWords: Readonly<Record<Run['state'], StateWords>> = {
  running: { tone: 'running', icon: 'running', word: 'Running' },
  succeeded: { tone: 'done', icon: 'done', word: 'Done' },
  failed: { tone: 'failed', icon: 'failed', word: 'Failed' },
  cancelled: { tone: 'neutral', icon: 'stopped', word: 'Cancelled' },
  superseded: { tone: 'neutral', icon: 'skipped', word: 'Superseded' },
  terminated: { tone: 'failed', icon: 'stopped', word: 'Ended from outside' },
};

/** How a phase's state is said and drawn. */
export const phaseStateWords: Readonly<Record<Phase['state'], StateWords>> = {
  pending: { tone: 'neutral', icon: 'pending', word: 'To come' },
  running: { tone: 'running', icon: 'running', word: 'Running' },
  retrying: { tone: 'waiting', icon: 'waiting', word: 'Waiting' },
  done: { tone: 'done', icon: 'done', word: 'Done' },
  failed: { tone: 'failed', icon: 'failed', word: 'Failed' },
  skipped: { tone: 'neutral', icon: 'skipped', word: 'Skipped' },
};

/** The names of who asked for a run, each once: "Ada Lin and Stan Poe", "Ada Lin and 3 others". */
export function askedBy(requests: Run['requestedBy']): string {
  const names = [...new Set(requests.map((request) => request.person?.name ?? 'the studio'))];
  const [first, second, ...others] = names;
  if (first === undefined) return 'the studio';
  if (second === undefined) return first;
  return others.length === 0 ? `${first} and ${second}` : `${first} and ${names.length - 1} others`;
}
