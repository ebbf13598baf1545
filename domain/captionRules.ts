import { isRecord } from './fieldPaths.ts';

/** Which captions a video has already, in which language each is, and when an order may be placed without asking anybody. */

/** The language of captions or a transcript by what their resource says: `en`, `pt-BR`. One that says nothing is English, as readers are shown it. */
export function trackLanguageOf(metadata: Readonly<Record<string, unknown>>): string {
  const language = wordOf(metadata['language']).toLowerCase() || ENGLISH;
  const [base = ENGLISH, country] = language.split(/[-_]/);
  const place = wordOf(metadata['locale']).toUpperCase() || (country ?? '').toUpperCase();
  return /^[A-Z]{2}$/.test(place) ? `${base}-${place}` : base;
}

export const ENGLISH = 'en';

/** Why an item was changed when captions came from 3Play: by this, changes that are nothing but captions are known. */
export const CAPTIONS_REASON = 'captions from 3Play';

/** Whether captions in this language are English ones, of whatever country. */
export function isEnglish(language: string): boolean {
  return /^en(?:-|$)/i.test(language);
}

/** Text ids of a video’s captions and of its transcripts, as its metadata name them; those of another site are not its own. */
export function namedTracksOf(metadata: Readonly<Record<string, unknown>>, siteName: string): { readonly captions: readonly string[]; readonly transcript: readonly string[] } {
  const video = isRecord(metadata['video_files']) ? metadata['video_files'] : {};
  return { captions: idsIn(video['video_captions_resources'], siteName), transcript: idsIn(video['video_transcript_resources'], siteName) };
}

/** Whether a video has captions that somebody wrote into its metadata before there were resources of them: a path, or a list of files. */
export function hasWrittenCaptions(metadata: Readonly<Record<string, unknown>>): boolean {
  const video = isRecord(metadata['video_files']) ? metadata['video_files'] : {};
  const listed = video['video_captions_resources'];
  const files: readonly unknown[] = Array.isArray(listed) ? listed : [];
  return wordOf(video['video_captions_file']) !== '' || files.some((file) => isRecord(file) && wordOf(file['file']) !== '' && isEnglish(trackLanguageOf(file)));
}

export interface SpendingLimits {
  /** US cents a day of UTC for all sites, and for one; 0 lets no order through without a person. */
  readonly dayCents: number;
  readonly siteCents: number;
  /** Orders that cost more wait for a person. */
  readonly approvalAboveCents: number;
}

/** Tries to order captions of one video that nobody has to approve. */
const FREE_ATTEMPTS = 2;

export type OrderVerdict =
  | { readonly kind: 'go' }
  /** A person has to say yes. */
  | { readonly kind: 'ask'; readonly code: 'NoPrice' | 'Expensive' | 'ThirdOrder' | 'OverLimit'; readonly message: string }
  /** There is room again when the day is over; a person may say yes before. */
  | { readonly kind: 'tomorrow'; readonly code: 'DayLimit' | 'SiteLimit'; readonly message: string };

/**
 * Whether an order may be placed now. Money is never spent on a guess: without a price a person decides, and so does one when two
 * orders for a video came to nothing.
 */
export function judgeOrder(order: { readonly attempt: number; readonly priceCents: number | null; readonly spent: { readonly allCents: number; readonly siteCents: number } }, limits: SpendingLimits): OrderVerdict {
  const { attempt, priceCents, spent } = order;
  if (attempt > FREE_ATTEMPTS) return { kind: 'ask', code: 'ThirdOrder', message: `Captions of this video were ordered ${attempt - 1} times and did not come. Look at 3Play’s pages, then approve one more order or refuse it.` };
  if (priceCents === null) return { kind: 'ask', code: 'NoPrice', message: 'The account at 3Play does not say what this order costs. Approve it or refuse it.' };
  const price = formatCents(priceCents);
  if (priceCents > limits.approvalAboveCents) return { kind: 'ask', code: 'Expensive', message: `This order costs about ${price}, more than ${formatCents(limits.approvalAboveCents)}. Approve it or refuse it.` };
  if (priceCents > limits.dayCents || priceCents > limits.siteCents) return { kind: 'ask', code: 'OverLimit', message: `This order costs about ${price}, more than may be spent in a day. Approve it or refuse it.` };
  if (spent.allCents + priceCents > limits.dayCents) return { kind: 'tomorrow', code: 'DayLimit', message: `Orders of today cost ${formatCents(spent.allCents)} already; with this one (${price}) it would be more than ${formatCents(limits.dayCents)}. It goes on tomorrow, or when somebody approves it.` };
  if (spent.siteCents + priceCents > limits.siteCents) return { kind: 'tomorrow', code: 'SiteLimit', message: `Orders of today for this site cost ${formatCents(spent.siteCents)} already; with this one (${price}) it would be more than ${formatCents(limits.siteCents)}. It goes on tomorrow, or when somebody approves it.` };
  return { kind: 'go' };
}

/** US cents as people read them: `$1,234.50`. */
export function formatCents(cents: number): string {
  return `$${(cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function idsIn(relation: unknown, siteName: string): readonly string[] {
  if (!isRecord(relation)) return [];
  const website = wordOf(relation['website']);
  if (website !== '' && website !== siteName) return [];
  const { content } = relation;
  return (Array.isArray(content) ? content : [content]).filter((id): id is string => typeof id === 'string' && id !== '');
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
