import type { VideoState } from '#domain/videoState.ts';

/** How the states of videos are called where they are counted. */
export const videoStateLabels: Readonly<Record<VideoState, string>> = { working: 'On their way', waiting: 'Waiting for a person', done: 'Done', ended: 'Ended' };
