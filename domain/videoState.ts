import type { VideoPhase } from './videoPhases.ts';

/** `waiting` for a person; `ended` before it was whole, because nobody wants it any more. Whoever waits for others or for a time is `working`. */
export const videoStates = ['working', 'waiting', 'done', 'ended'] as const;
export type VideoState = (typeof videoStates)[number];

/** Codes of waits that end when 3Play has done its work, which no time is known for. */
const AT_WORK = new Set(['CaptionsOrdered']);
/** Codes of waits with which the run of a video ended: its file or its resource is gone, or its file was changed. */
const OVER = new Set(['Superseded', 'VideoMissing']);

/** Codes of waits without a time that no person ends. */
export const WAITS_FOR_NOBODY: readonly string[] = [...AT_WORK, ...OVER];

/** How a video stands, by how far it is and what it waits for. */
export function videoStateOf(video: { readonly phase: VideoPhase; readonly waits: { readonly code: string; readonly until: string | null } | null }): VideoState {
  const { phase, waits } = video;
  if (waits === null) return phase === 'done' ? 'done' : 'working';
  if (OVER.has(waits.code)) return 'ended';
  return waits.until !== null || AT_WORK.has(waits.code) ? 'working' : 'waiting';
}
