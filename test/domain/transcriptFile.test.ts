import { expect, it } from 'vitest';
import { withTranscriptFile } from '#domain/transcriptFile.ts';

const video = (tracks: unknown, more: object = {}) => ({ title: 'Film', video_files: { archive_url: 'a', video_transcript_resources: tracks, ...more } });
const chosen = (data: unknown) => (withTranscriptFile(data)?.['video_files'] as { video_transcript_file?: string } | undefined)?.video_transcript_file;

it.each([
  ['the first English one', [{ file: '/courses/x/es.vtt', language: 'es' }, { file: '/courses/x/en.vtt', language: 'en' }, { file: '/courses/x/en2.vtt', language: 'en' }], '/courses/x/en.vtt'],
  ['one of a region', [{ file: '/courses/x/es.vtt', language: 'es' }, { file: '/courses/x/us.vtt', language: 'en-US' }], '/courses/x/us.vtt'],
  ['one without a language, which is English', [{ file: '/courses/x/es.vtt', language: 'es' }, { file: '/courses/x/none.vtt' }, { file: '/courses/x/en.vtt', language: 'en' }], '/courses/x/none.vtt'],
  ['the first where none is English, for a video without any is left out', [{ file: '/courses/x/enm.vtt', language: 'enm' }, { file: '/courses/x/es.vtt', language: 'es' }], '/courses/x/enm.vtt'],
  ['none without a file', [{ language: 'en' }, { file: '', language: 'en' }, { file: '/courses/x/en.vtt', language: 'en' }], '/courses/x/en.vtt'],
  ['a path that Learn would cut, without its slash', [{ file: '/courses/x/other-courses.vtt', language: 'en' }], 'courses/x/other-courses.vtt'],
])('takes %s', (_, tracks, expected) => {
  expect(chosen(video(tracks))).toBe(expected);
});

it.each([
  ['there is one already', video([{ file: '/a', language: 'en' }], { video_transcript_file: '/courses/x/theirs.pdf' })],
  ['the list is empty', video([])],
  ['there is a relation instead of a list', video({ content: ['a'], website: 'x' })],
  ['it is no video', { title: 'Page' }],
  ['it is no data', 'text'],
  ['its files are none', { video_files: [] }],
])('adds nothing where %s', (_, data) => {
  expect(withTranscriptFile(data)).toBeNull();
});

it('fills one that is empty, and leaves the rest as it is', () => {
  const data = video([{ file: '/courses/x/en.vtt', language: 'en' }], { video_transcript_file: '' });
  expect(withTranscriptFile(data)).toEqual({ ...data, video_files: { ...data.video_files, video_transcript_file: '/courses/x/en.vtt' } });
});
