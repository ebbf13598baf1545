import { expect, test } from 'vitest';
import { videoStateOf, WAITS_FOR_NOBODY } from '#domain/videoState.ts';

const UNTIL = '2026-03-01T08:00:00.000Z';

test.each([
  ['nothing to wait for', 'upload', null, 'working'],
  ['done', 'done', null, 'done'],
  ['a time', 'upload', { code: 'QuotaSpent', until: UNTIL }, 'working'],
  ['3Play at its work', 'captions', { code: 'CaptionsOrdered', until: null }, 'working'],
  ['a person', 'captions', { code: 'Expensive', until: null }, 'waiting'],
  ['a person, beyond the steps', 'done', { code: 'YoutubeMissing', until: null }, 'waiting'],
  ['a file that was changed', 'transcode', { code: 'Superseded', until: null }, 'ended'],
  ['a resource that was deleted', 'captions', { code: 'VideoMissing', until: null }, 'ended'],
] as const)('%s', (_name, phase, waits, state) => {
  expect(videoStateOf({ phase, waits })).toBe(state);
});

test('what waits without a time waits for a person, but for the codes that are named', () => {
  for (const code of WAITS_FOR_NOBODY) expect(videoStateOf({ phase: 'captions', waits: { code, until: null } })).not.toBe('waiting');
});
