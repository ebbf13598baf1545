/** The four states that colour stands for, and none. */
export type Tone = 'running' | 'done' | 'waiting' | 'failed' | 'neutral';
