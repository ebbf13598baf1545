import type { Output } from '../../../api/contracts/client.ts';
import type { CaptionOrder } from '../../../api/contracts/captions.ts';
import type { Video } from '../../../api/contracts/videos.ts';
import type { YoutubeState } from '../../../api/contracts/youtube.ts';
import { type VideoState, videoStates } from '../../../domain/videoState.ts';
import { ago, newId, type Site } from './world.ts';

type Spending = Pick<Output<'GET /api/v1/caption-orders'>, 'spentTodayCents' | 'limits'>;

const ahead = (hours: number): string => new Date(Date.now() + hours * 3_600_000 + 60_000).toISOString();

/** The videos of one site, what YouTube lets the studio do, and orders of captions that wait. */
export class VideosFixture {
  youtube: YoutubeState = {
    isConfigured: true,
    buckets: [
      { bucket: 'units', day: '2026-11-01', spent: 8_000, limit: 10_000, waiting: 0, until: null, reason: null },
      { bucket: 'inserts', day: '2026-11-01', spent: 100, limit: 100, waiting: 1, until: ahead(5), reason: { code: 'YoutubeQuota', message: 'YouTube’s 100 new videos of today are used. There are more after midnight in California.' } },
      { bucket: 'uploads', day: '2026-11-01', spent: 12, limit: 50, waiting: 0, until: null, reason: null },
    ],
  };
  readonly spending: Spending = { spentTodayCents: 12_000, limits: { dayCents: 20_000, siteCents: 10_000, approvalAboveCents: 5_000 } };
  readonly orders: CaptionOrder[];
  readonly videos: Video[];
  publishesCaptions = false;
  mayPublishCaptions = true;
  /** Whether the ledger has heard a person’s word as soon as it was said. */
  hearsAtOnce = true;
  private readonly site: string;

  constructor(site: Site) {
    this.site = site.name;
    const order = (title: string, some: Partial<CaptionOrder>): CaptionOrder => ({ id: newId(), video: newId(), site: { name: site.name, title: site.title }, item: { textId: newId(), title }, youtubeId: `yt-${title.length}`, attempt: 1, state: 'waiting', priceCents: 7_250, reason: null, approvedBy: null, orderedAt: null, createdAt: ago(7_200), can: { decide: true }, ...some });
    this.orders = [
      order('Lecture 5', { reason: { code: 'Expensive', message: 'This order costs about $72.50, more than $50.00. Approve it or refuse it.', until: null } }),
      order('Lecture 6', { priceCents: null, reason: { code: 'NoPrice', message: 'The account at 3Play does not say what this order costs. Approve it or refuse it.', until: null } }),
      order('Lecture 7', { priceCents: 3_000, can: { decide: false }, reason: { code: 'DayLimit', message: 'Orders of today cost $180.00 already; with this one ($30.00) it would be more than $200.00. It goes on tomorrow, or when somebody approves it.', until: ahead(9) } }),
    ];
    const video = (title: string, some: Partial<Video>): Video => ({ id: newId(), source: 'drive', site: { name: site.name, title: site.title }, item: { textId: 'f1a0e7a4-0000-4000-8000-000000000001', title }, fileName: `${title.toLowerCase().replace(' ', '-')}.mp4`, phase: 'captions', state: 'working', youtubeId: null, youtubeUrl: null, youtubeStatus: null, privacy: null, durationMs: 3_130_000, tracks: [], order: null, costCents: null, waits: null, download: null, runId: newId(), updatedAt: ago(600), can: { retry: false, decideOrder: false }, ...some });
    const onYoutube = (id: string): Pick<Video, 'youtubeId' | 'youtubeUrl' | 'youtubeStatus' | 'privacy'> => ({ youtubeId: id, youtubeUrl: `https://www.youtube.com/watch?v=${id}`, youtubeStatus: 'processed', privacy: 'unlisted' });
    const track = (kind: 'captions' | 'transcript', language: string, source: 'drive' | 'threePlay'): Video['tracks'][number] => ({ id: newId(), kind, language, source, item: newId(), url: `/api/v1/videos/${newId()}/tracks/${newId()}` });
    const expensive = this.orders[0];
    if (expensive === undefined) throw new Error('There is no order');
    this.videos = [
      video('Lecture 1', { phase: 'done', state: 'done', ...onYoutube('aaaaaaaaaa1'), privacy: 'public', tracks: [track('captions', 'en', 'threePlay'), track('captions', 'pt-BR', 'drive'), track('transcript', 'en', 'threePlay')], order: { ...expensive, state: 'complete', reason: null }, costCents: 7_250, download: { url: `/api/v1/videos/${newId()}/download`, size: 92_000_000 } }),
      video('Lecture 2', { phase: 'upload', waits: { code: 'YoutubeQuota', message: 'YouTube’s 100 new videos of today are used. There are more after midnight in California.', until: ahead(5) } }),
      video('Lecture 3', { phase: 'transcode' }),
      video('Lecture 4', { phase: 'process', state: 'waiting', ...onYoutube('aaaaaaaaaa4'), youtubeStatus: 'failed', waits: { code: 'YoutubeFailed', message: 'YouTube could not make anything of this video. Put another file into Google Drive, or try again.', until: null }, can: { retry: true, decideOrder: false } }),
      video('Lecture 5', { state: 'waiting', ...onYoutube('aaaaaaaaaa5'), order: expensive, waits: expensive.reason, can: { retry: false, decideOrder: true } }),
      video('Lecture 8', { phase: 'download', state: 'ended', item: null, waits: { code: 'Superseded', message: 'The file was changed in Google Drive; its new form is another video.', until: null } }),
      video('Guest lecture', { source: 'youtube', phase: 'done', state: 'done', fileName: null, ...onYoutube('aaaaaaaaaa9'), runId: null }),
    ];
  }

  /** The videos of a site in this state, or all; only one site has any. */
  listOf(site: string, { state, limit, offset }: Readonly<Record<string, string | number | undefined>>): Output<'GET /api/v1/sites/:site/videos'> {
    const videos = site === this.site ? this.videos : [];
    const of = (wanted: VideoState): Video[] => videos.filter((video) => video.state === wanted);
    const fits = videos.filter((video) => state === undefined || video.state === state);
    return { total: fits.length, videos: fits.slice(Number(offset), Number(offset) + Number(limit)), counts: Object.fromEntries(videoStates.map((one) => [one, of(one).length])) as Record<VideoState, number>, publishesCaptions: this.publishesCaptions, can: { publishCaptions: this.mayPublishCaptions } };
  }

  /** The videos of all sites that wait for a person. */
  parked(): Output<'GET /api/v1/videos'> {
    const videos = this.videos.filter(({ state }) => state === 'waiting');
    return { total: videos.length, videos };
  }

  /** Says whether captions go out by themselves. */
  set(publishesCaptions: unknown): { publishesCaptions: boolean } {
    this.publishesCaptions = publishesCaptions === true;
    return { publishesCaptions: this.publishesCaptions };
  }

  /** Lets a video go on with its step. */
  retry(id: string | undefined): { video: string | undefined } {
    const video = this.videos.find((candidate) => candidate.id === id);
    if (video !== undefined) Object.assign(video, { state: 'working', waits: null, can: { retry: false, decideOrder: false } });
    return { video: video?.id };
  }

  /** The channel has lost its consent, of which every bucket tells. */
  stop(): void {
    this.youtube = { ...this.youtube, buckets: this.youtube.buckets.map((bucket) => ({ ...bucket, until: ahead(0.5), reason: { code: 'YoutubeConsentLost', message: 'Google does not take the consent any more.' } })) };
  }

  /** A person says that the channel is mended. */
  resume(): void {
    if (this.hearsAtOnce) this.goOn();
  }

  /** Nothing stops the channel any more. */
  goOn(): void {
    this.youtube = { ...this.youtube, buckets: this.youtube.buckets.map((bucket) => ({ ...bucket, until: null, reason: null })) };
  }

  /** Orders in this state, or all. */
  ordersIn(state: unknown): CaptionOrder[] {
    return this.orders.filter((order) => state === undefined || order.state === state);
  }

  /** Takes a person's word about an order. */
  decide(id: string | undefined, state: CaptionOrder['state']): CaptionOrder | undefined {
    const order = this.orders.find((candidate) => candidate.id === id);
    if (order === undefined) return undefined;
    for (const video of this.videos.filter((candidate) => candidate.order === order)) Object.assign(video, { state: state === 'refused' ? 'waiting' : 'working', waits: null, costCents: state === 'refused' ? null : order.priceCents, can: { retry: state === 'refused', decideOrder: false } });
    return Object.assign(order, { state, reason: null, can: { decide: false } });
  }
}
