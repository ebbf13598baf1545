import { ingestVideoProcess } from './processes.ts';

/** The steps of a video’s run, in their order. */
export const videoPhases = ingestVideoProcess.phases.map(({ id }) => id);

/** How far a video is: the step of its run that it is at. `done` is also what a video is that was on YouTube before. */
export type VideoPhase = (typeof videoPhases)[number];
