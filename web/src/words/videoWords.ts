import type { Output } from '#api/contracts/client.ts';
import type { Video } from '#api/contracts/videos.ts';
import { formatCents } from '#domain/captionRules.ts';
import { languageName } from '#domain/languageName.ts';
import { ingestVideoProcess } from '#domain/processes.ts';
import { percentOf } from '../lib/numbers.ts';
import { phaseStateWords, type StateWords } from './runWords.ts';

type Spending = Output<'GET /api/v1/caption-orders'>;

/** What an order costs, as far as the account says. */
export function priceWords(cents: number | null): string {
  return cents === null ? 'price not known' : `about ${formatCents(cents)}`;
}

/** What was spent on captions today: "$120.00 of $200.00 (60 %)." */
export function spentSentence({ spentTodayCents, limits }: Pick<Spending, 'spentTodayCents' | 'limits'>): string {
  return `${formatCents(spentTodayCents)} of ${formatCents(limits.dayCents)} (${percentOf(spentTodayCents, limits.dayCents)} %).`;
}

/** What may be spent without asking anybody. */
export function limitsSentence({ dayCents, siteCents, approvalAboveCents }: Spending['limits']): string {
  if (dayCents === 0 || siteCents === 0) return 'Nothing is ordered before a person has approved it.';
  return `${formatCents(dayCents)} a day for all sites, ${formatCents(siteCents)} for one. An order above ${formatCents(approvalAboveCents)} waits for a person in any case.`;
}

/** How a video stands, as it is said and drawn. */
export function videoStateWords({ state, waits }: Pick<Video, 'state' | 'waits'>): StateWords {
  switch (state) {
    case 'working':
      return waits === null ? { tone: 'running', icon: 'running', word: 'At work' } : { tone: 'waiting', icon: 'waiting', word: 'Waits' };
    case 'waiting':
      return { tone: 'waiting', icon: 'warning', word: 'Waits for a person' };
    case 'done':
      return { tone: 'done', icon: 'done', word: 'Done' };
    case 'ended':
      return { tone: 'neutral', icon: 'stopped', word: 'Ended' };
  }
}

export interface VideoStep extends StateWords {
  readonly id: string;
  readonly title: string;
  readonly isCurrent: boolean;
}

/** The path of a video from its file to its captions; one that was on YouTube before has none. */
export function stepsOf(video: Pick<Video, 'source' | 'phase' | 'state' | 'waits'>): VideoStep[] {
  if (video.source === 'youtube') return [];
  const at = ingestVideoProcess.phases.findIndex(({ id }) => id === video.phase);
  return ingestVideoProcess.phases.map(({ id, title }, index) => ({ id, title, isCurrent: index === at && video.state !== 'done', ...(index < at ? phaseStateWords.done : index > at ? phaseStateWords.pending : videoStateWords(video)) }));
}

/** What a video is called. */
export function videoName({ item, fileName, youtubeId }: { readonly item: Video['item']; readonly fileName?: string | null; readonly youtubeId: string | null }): string {
  return item?.title ?? item?.textId ?? fileName ?? youtubeId ?? 'A video without a name';
}

/** What its captions cost, or would once somebody says so; undefined when that is nothing. */
function costWords({ costCents, order }: Pick<Video, 'costCents' | 'order'>): string | undefined {
  if (costCents !== null) return `for ${formatCents(costCents)}`;
  return order?.state === 'waiting' ? priceWords(order.priceCents) : undefined;
}

/** Which captions there are, by language and who made them, and what they cost: "Captions: English (3Play Media), French (Google Drive), for $72.50". */
export function captionsSentence(video: Pick<Video, 'tracks' | 'costCents' | 'order'>): string {
  const captions = video.tracks.filter(({ kind }) => kind === 'captions').map(({ language, source }) => `${languageName(language)} (${source === 'drive' ? 'Google Drive' : '3Play Media'})`);
  return [captions.length === 0 ? 'No captions yet' : `Captions: ${captions.join(', ')}`, costWords(video)].filter((part) => part !== undefined).join(', ');
}

/** Who sees it at YouTube. */
export const privacyWords: Readonly<Record<NonNullable<Video['privacy']>, string>> = { public: 'public', unlisted: 'unlisted: only who has its address', private: 'private: only who manages the channel' };
