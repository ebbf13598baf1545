import type { VideoState } from '#domain/videoState.ts';
import { videoStateLabels as words } from '../../words/videos.ts';

/** How the states of videos are called where they are counted. */
export const videoStateLabels: Readonly<Record<VideoState, string>> = words.states;
