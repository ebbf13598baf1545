import { beforeEach, describe, expect, it } from 'vitest';
import { findVideo, findVideoOfItem, keepDriveVideo, keepNamedVideo, keepYoutubeId, listVideosOfSite, moveVideo, noteVideoFacts, noteVideoSent, noteVideoWaits } from '#db/queries/videos.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { useDatabase } from '../support/postgres.ts';

const database = useDatabase();
beforeEach(() => database.clear());

describe('the video of a file', () => {
  it('is one row per state of its bytes', async () => {
    const { db } = database;
    const { wish, video } = await makeDriveVideo(db);
    expect(await keepDriveVideo(db, wish)).toMatchObject({ isNew: false, video: { id: video.id } });
    const other = await keepDriveVideo(db, { ...wish, sourceMd5: 'b'.repeat(32) });
    expect(other.isNew).toBe(true);
    expect((await listVideosOfSite(db, wish.siteId)).map(({ id }) => id)).toEqual([video.id, other.video.id]);
    expect((await findVideoOfItem(db, wish.itemId))?.id).toBe(other.video.id);
  });

  it('begins with its transcoding', async () => {
    const { wish, video } = await makeDriveVideo(database.db);
    expect(await findVideo(database.db, video.id)).toMatchObject({ ...wish, source: 'drive', phase: 'transcode', waits: null, youtubeId: null, durationMs: null, sent: {} });
  });

  it('waits for what is said, until it moves on', async () => {
    const { video } = await makeDriveVideo(database.db);
    const waits = { code: 'YouTubeQuota', message: 'YouTube takes no more today.', until: '2026-11-02T08:00:00.000Z' };
    await noteVideoWaits(database.db, video.id, waits);
    expect(await findVideo(database.db, video.id)).toMatchObject({ phase: 'transcode', waits });
    await moveVideo(database.db, video.id, { phase: 'upload' });
    expect(await findVideo(database.db, video.id)).toMatchObject({ phase: 'upload', waits: null });
    await noteVideoWaits(database.db, video.id, waits);
    await noteVideoWaits(database.db, video.id, null);
    expect(await findVideo(database.db, video.id)).toMatchObject({ phase: 'upload', waits: null });
  });

  it('keeps facts that are not named again', async () => {
    const { db } = database;
    const { video } = await makeDriveVideo(db);
    await noteVideoFacts(db, video.id, { durationMs: 5_000_000_000, youtubePrivacy: 'unlisted' });
    await noteVideoFacts(db, video.id, { youtubeStatus: 'processed' });
    await noteVideoSent(db, video.id, { snippet: 'a' });
    await noteVideoSent(db, video.id, { 'captions.en': 'b' });
    expect(await findVideo(db, video.id)).toMatchObject({ durationMs: 5_000_000_000, youtubePrivacy: 'unlisted', youtubeStatus: 'processed', sent: { snippet: 'a', 'captions.en': 'b' } });
  });

  it('keeps the first id it is given on YouTube', async () => {
    const { db } = database;
    const { video } = await makeDriveVideo(db);
    expect(await keepYoutubeId(db, video.id, 'first')).toBe('first');
    expect(await keepYoutubeId(db, video.id, 'second')).toBe('first');
    expect((await findVideo(db, video.id))?.youtubeId).toBe('first');
  });

  it('that a resource names is kept once, beside those of other resources and sites, and not where it is the resource’s own', async () => {
    const { db } = database;
    const ours = await makeDriveVideo(db);
    const elsewhere = await makeDriveVideo(db);
    await keepYoutubeId(db, ours.video.id, 'shared');
    const of = ({ site, item }: typeof ours, youtubeId: string) => db.transaction((trx) => keepNamedVideo(trx, { siteId: site.id, itemId: item.id, youtubeId }));
    expect(await of(ours, 'shared')).toBeNull();
    const named = await of(elsewhere, 'shared');
    expect(named).toMatchObject({ source: 'youtube', youtubeId: 'shared', phase: 'done', waits: null, itemId: elsewhere.item.id });
    expect((await of(elsewhere, 'shared'))?.id).toBe(named?.id);
    expect((await of(ours, 'another'))?.siteId).toBe(ours.site.id);
    expect(await findVideo(db, ours.video.id)).toMatchObject({ source: 'drive', youtubeId: 'shared' });
    await expect(keepYoutubeId(db, elsewhere.video.id, 'shared')).rejects.toThrow(/videos_youtube_id/);
  });

  it('that a resource names no more has nothing to be mended', async () => {
    const { db } = database;
    const { site, item, video } = await makeDriveVideo(db);
    const keep = (youtubeId: string) => db.transaction((trx) => keepNamedVideo(trx, { siteId: site.id, itemId: item.id, youtubeId }));
    const wrong = await keep('wrong');
    const waits = { code: 'VideoNotShown', message: 'There is none.', until: null };
    for (const id of [wrong?.id ?? '', video.id]) await noteVideoWaits(db, id, waits);
    await keep('wrong');
    expect((await findVideo(db, wrong?.id ?? ''))?.waits).toEqual(waits);
    await keep('right');
    expect((await findVideo(db, wrong?.id ?? ''))?.waits).toBeNull();
    expect((await findVideo(db, video.id))?.waits).toEqual(waits);
  });
});
