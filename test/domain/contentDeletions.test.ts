import { describe, expect, it } from 'vitest';
import { keptByReferences } from '#domain/contentDeletions.ts';
import { trackIdsOf } from '#domain/driveTracks.ts';

const candidate = (textId: string, ...namedBy: string[]) => ({ itemId: `id-${textId}`, siteId: 'here', textId, namedBy: namedBy.map((each) => (each.includes('/') ? { siteId: each.split('/')[0] ?? '', textId: each.split('/')[1] ?? '' } : { siteId: 'here', textId: each })) });
const keptIds = (...given: ReturnType<typeof candidate>[]): string[] => [...keptByReferences(given).keys()].sort();

describe('what is named', () => {
  it('stays when something that stays names it, and goes when all that name it go', () => {
    expect(keptIds(candidate('a'), candidate('b', 'page'), candidate('c', 'a'))).toEqual(['id-b']);
  });

  it('keeps what it names in turn, however the items stand', () => {
    expect(keptIds(candidate('captions', 'video'), candidate('video', 'page'))).toEqual(['id-captions', 'id-video']);
    expect(keptIds(candidate('video', 'page'), candidate('captions', 'video'))).toEqual(['id-captions', 'id-video']);
  });

  it('goes with what it names in a circle that nothing else names', () => {
    expect(keptIds(candidate('a', 'b'), candidate('b', 'a'))).toEqual([]);
  });

  it('is told by site: an item of that name elsewhere stays and keeps it', () => {
    expect(keptByReferences([candidate('a'), candidate('b', 'elsewhere/a')])).toEqual(new Map([['id-b', [{ siteId: 'elsewhere', textId: 'a' }]]]));
  });
});

describe('what belongs to a video', () => {
  it('are the captions and transcripts its metadata name, each once', () => {
    const files = { video_captions_resources: { content: ['c1', 'c2'], website: 'course' }, video_transcript_resources: { content: 't1' }, video_thumbnail_file: 'x', archive_url: 'y' };
    expect(trackIdsOf({ video_files: { ...files, video_transcript_resources: { content: ['t1', 'c1', '', 5] } } }, 'course')).toEqual(['c1', 'c2', 't1']);
    expect(trackIdsOf({ video_files: files }, 'course')).toEqual(['c1', 'c2', 't1']);
  });

  it('is not what another site has, nor anything where nothing is named', () => {
    expect(trackIdsOf({ video_files: { video_captions_resources: { content: ['c1'], website: 'other' } } }, 'course')).toEqual([]);
    for (const metadata of [{}, { video_files: null }, { video_files: {} }, { video_files: { video_captions_resources: 'c1' } }]) expect(trackIdsOf(metadata, 'course')).toEqual([]);
  });
});
