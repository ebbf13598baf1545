import type { YoutubeState } from '#api/contracts/youtube.ts';
import { counted } from '#domain/counted.ts';
import { count, percentOf } from '../lib/numbers.ts';

type Bucket = YoutubeState['buckets'][number];

/** Where Google asks for the consent to use the channel; it shows the tokens afterwards. */
export const CONSENT_ADDRESS = '/api/youtube-tokens/';

/** What each bucket is called. */
export const bucketNames: Readonly<Record<Bucket['bucket'], string>> = { units: 'Units of today', inserts: 'New videos of today', uploads: 'Uploads in 24 hours' };

/** How much of a bucket is used, and who waits for more: "8,000 of 10,000 used (80 %), 3 requests wait." */
export function bucketSentence({ spent, limit, waiting }: Pick<Bucket, 'spent' | 'limit' | 'waiting'>): string {
  return `${count(spent)} of ${count(limit)} used (${percentOf(spent, limit)} %)${waiting === 0 ? '' : `, ${counted(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'}`}.`;
}

/** A bucket that is empty fills again by itself; anything else is a stop that somebody has to look at. */
const isStop = (code: string): boolean => code !== 'YoutubeQuota';

/** Why a bucket gives nothing, where that is its own; what stops the whole channel is told once, above. */
export function bucketNote({ reason }: Pick<Bucket, 'reason'>): string | undefined {
  return reason === null || isStop(reason.code) ? undefined : reason.message;
}

/** What stops the channel, each once. */
export interface ChannelStop {
  readonly code: string;
  readonly message: string;
  /** What to do, in a sentence. */
  readonly mend: string;
  /** When YouTube is asked again in any case; null where it takes a person. */
  readonly until: string | null;
}

const MENDS: Readonly<Record<string, string>> = {
  YoutubeConsentLost: 'Give the consent again with the account that manages the channel, and have the token it shows put into the configuration. Then say here that it is mended.',
  YoutubeLockedPrivate: 'Ask YouTube to audit the project, and make the video that was locked visible in YouTube Studio. Then say here that it is mended.',
};

/** What stops the channel by what people read of its buckets; each reason once. */
export function stopsOf(buckets: readonly Bucket[]): ChannelStop[] {
  const stops = new Map(buckets.flatMap(({ reason, until }) => (reason !== null && isStop(reason.code) ? [[reason.code, { ...reason, until }] as const] : [])));
  return [...stops.values()].map((stop) => ({ ...stop, mend: MENDS[stop.code] ?? 'Look at it in YouTube Studio. Once it is mended, say so here.' }));
}
