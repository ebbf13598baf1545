import { describe, expect, it } from 'vitest';
import { isDraftResource, namedVideoOf, videoResourceOf, videoTagsOf, withNamedVideo, withYoutubeVideo } from '#domain/youtubeResource.ts';

describe('what YouTube is told of a resource', () => {
  it('is what its author wrote', () => {
    const metadata = { language: 'pt', locale: 'BR', video_metadata: { youtube_description: 'About it', video_speakers: 'Ann', video_tags: 'a, b' } };
    expect(videoResourceOf({ title: 'Lecture 1', metadata })).toEqual({ title: 'Lecture 1', youtubeDescription: 'About it', speakers: 'Ann', tags: 'a, b', language: 'pt', locale: 'BR' });
  });

  it.each([{}, { video_metadata: null }, { video_metadata: { youtube_description: null, video_speakers: '', video_tags: 7 }, language: ' ' }])('is nothing where nothing is written: %j', (metadata) => {
    expect(videoResourceOf({ title: null, metadata })).toEqual({ title: '', youtubeDescription: null, speakers: null, tags: null, language: null, locale: null });
  });

  it('is a draft only where somebody said so', () => {
    expect([{}, { draft: false }, { draft: 'true' }, { draft: true }].map(isDraftResource)).toEqual([false, false, false, true]);
  });
});

describe('a resource with its video', () => {
  it('has its id, its picture and its tags, and all else that it had', () => {
    const made = withYoutubeVideo({ title: 'x', video_metadata: { video_tags: 'B, a', source: 'drive' }, video_files: { archive_url: 'https://archive.example/1' } }, 'new-id', ['a', 'b', '18-01']);
    expect(made).toEqual({ title: 'x', video_metadata: { video_tags: '18-01, a, b', source: 'drive', youtube_id: 'new-id' }, video_files: { archive_url: 'https://archive.example/1', video_thumbnail_file: 'https://img.youtube.com/vi/new-id/default.jpg' } });
  });

  it('keeps a picture that somebody chose, and loses that of an earlier video', () => {
    const chosen = { video_metadata: { youtube_id: 'old' }, video_files: { video_thumbnail_file: '/courses/x/picture.jpg' } };
    expect(withYoutubeVideo(chosen, 'new', [])['video_files']).toEqual({ video_thumbnail_file: '/courses/x/picture.jpg' });
    const standard = { video_metadata: { youtube_id: 'old' }, video_files: { video_thumbnail_file: 'https://img.youtube.com/vi/old/default.jpg' } };
    expect(withYoutubeVideo(standard, 'new', [])['video_files']).toEqual({ video_thumbnail_file: 'https://img.youtube.com/vi/new/default.jpg' });
  });

  it('leaves tags alone that are all there, as they were written', () => {
    const metadata = { video_metadata: { video_tags: 'B,  a' } };
    expect(videoTagsOf(withYoutubeVideo(metadata, 'id', ['a']))).toBe('B,  a');
  });
});

describe('a video that an author named', () => {
  const metadata = { resourcetype: 'Video', video_metadata: { youtube_id: ' dQw4w9WgXcQ ' }, video_files: { archive_url: ' https://archive.org/a.mp4 ' } };

  it('is one of a resource that is a video, as it was meant', () => {
    expect(namedVideoOf({ type: 'resource', metadata })).toEqual({ youtubeId: 'dQw4w9WgXcQ', archiveUrl: 'https://archive.org/a.mp4' });
    expect(namedVideoOf({ type: 'resource', metadata: { ...metadata, video_files: null } })).toEqual({ youtubeId: 'dQw4w9WgXcQ', archiveUrl: null });
  });

  it.each([
    ['page', metadata],
    ['resource', { ...metadata, resourcetype: 'Document' }],
    ['resource', { ...metadata, video_metadata: { youtube_id: ' ' } }],
    ['resource', { resourcetype: 'Video' }],
  ])('is none of: %s %j', (type, given) => {
    expect(namedVideoOf({ type, metadata: given })).toBeNull();
  });

  it('gives its resource a picture and where it comes from, unless the resource came from Drive', () => {
    expect(withNamedVideo({ more: 1, ...metadata }, 'dQw4w9WgXcQ', false)).toEqual({
      more: 1,
      resourcetype: 'Video',
      video_metadata: { youtube_id: 'dQw4w9WgXcQ', source: 'youtube' },
      video_files: { archive_url: ' https://archive.org/a.mp4 ', video_thumbnail_file: 'https://img.youtube.com/vi/dQw4w9WgXcQ/default.jpg' },
    });
    expect(withNamedVideo(metadata, 'dQw4w9WgXcQ', true)['video_metadata']).toEqual({ youtube_id: 'dQw4w9WgXcQ' });
  });

  it('loses the picture of the one that was named before, whose id is gone by then', () => {
    const earlier = { ...metadata, video_files: { video_thumbnail_file: 'https://img.youtube.com/vi/another0000/default.jpg' } };
    expect(withNamedVideo(earlier, 'dQw4w9WgXcQ', false)['video_files']).toEqual({ video_thumbnail_file: 'https://img.youtube.com/vi/dQw4w9WgXcQ/default.jpg' });
  });
});
