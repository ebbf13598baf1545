import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { youtubeQuotaContract } from '#temporal/contracts/youtubeQuota.ts';
import type { Seeded } from '#test/support/seeded.ts';
import type { Studio } from '#test/support/studio.ts';

/** Between two strokes of the storm, milliseconds. */
const STROKE_MS = 1_500;
/** MediaConvert takes two equal requests within a minute for one. Here that minute is over after so many strokes: who counts on it makes two jobs. */
const TOKEN_MS = 61_000;
const TOKEN_STROKES = 6;
const DAY_SECONDS = 86_400;
/** A session outlives the days that go by here in seconds; the storm ends some by itself. */
const SESSION_MS = 1_000 * 86_400_000;
/** Of the sessions of uploads, each time some end, one at least: a video may lose a few, and not the five after which it waits for a person. */
const EXPIRED_SHARE = 0.01;
/** So long people may still read of the day before. */
const MORNING_MS = 6_000;

/** What fails all the time, at each outside system: every so many requests that match. Of requests that make something the answer is lost, or nothing is made. */
const FAULTS: readonly (readonly [standIn: string, fault: Readonly<Record<string, unknown>>])[] = [
  ['drive', { fault: '429', every: 13, match: '^GET ' }],
  ['drive', { fault: '500', every: 17, match: '^GET ' }],
  ['drive', { fault: 'cut', every: 5, match: '^GET .*/files/', query: 'alt=media', afterBytes: 500 }],
  ['s3Proxy', { fault: '503', every: 61, match: '.' }],
  ['mediaConvert', { fault: 'drop-after-accept', every: 3, match: '^POST .*/jobs$' }],
  ['mediaConvert', { fault: '502', every: 7, match: '^POST .*/jobs$' }],
  ['mediaConvert', { fault: '429', every: 6, match: '^(GET|POST) ' }],
  ['youtube', { fault: 'drop-after-accept', every: 6, match: '^PUT /upload/youtube/v3/videos$' }],
  ['youtube', { fault: 'drop-after-accept', every: 6, match: '^POST /upload/youtube/v3/videos$' }],
  ['youtube', { fault: 'drop-after-accept', every: 4, match: '^POST /upload/youtube/v3/captions$' }],
  ['youtube', { fault: '503', every: 11, match: '^(GET|PUT|POST) /(upload/)?youtube/' }],
  ['youtube', { fault: '429', every: 9, match: '^(GET|PUT|POST) /(upload/)?youtube/' }],
  ['threePlay', { fault: 'drop-after-accept', every: 3, match: '^POST /v3/transcripts/order/' }],
  ['threePlay', { fault: '502', every: 5, match: '^POST /v3/transcripts/order/' }],
  ['threePlay', { fault: 'drop-after-accept', every: 4, match: '^POST /v3/files' }],
  ['threePlay', { fault: '429', every: 13, match: '^GET ', retryAfterSeconds: 1 }],
  ['mailgun', { fault: 'drop-after-accept', every: 3, match: '^POST .*/messages$' }],
  ['mailgun', { fault: '500', every: 7, match: '^(GET|POST) ' }],
];

/** What the storm is made of. */
export interface Storm {
  readonly studio: Studio;
  readonly temporal: Client;
  readonly random: Seeded;
  readonly videos: number;
  /** Actions at MediaConvert that are not allowed. */
  readonly denied?: readonly string[];
}

export interface StormReport {
  readonly kills: number;
  readonly days: number;
}

/** Says something to a stand-in beside its API. */
async function tell(studio: Studio, standIn: string, path: '_settings' | '_control' | '_person', wish: unknown): Promise<unknown> {
  const answer = await fetch(`${studio.stack.standIns[standIn] ?? ''}/${path}`, { method: 'POST', body: JSON.stringify(wish) });
  if (!answer.ok) throw new Error(`${standIn} did not take ${JSON.stringify(wish)}: ${await answer.text()}`);
  return answer.json();
}

/** Lets everything fail now and then, from now on, and has messages be lost, come twice, late, in another order, or by somebody else’s hand. */
export async function beginStorm({ studio, random, videos, denied = [] }: Storm): Promise<void> {
  await tell(studio, 'mediaConvert', '_control', { settings: { queueMs: 200, workMs: 1_000, searchLagMs: 2_000, retryMs: 3_000, denied } });
  await tell(studio, 'mediaConvert', '_control', { subscribe: { endpoint: `${studio.stack.studioUrl}/api/transcode-jobs/`, raw: false } });
  for (let message = 0; message < videos * 2; message += 1) {
    const fate = random.pick(['lost', 'twice', 'late', 'late', 'forged']);
    await tell(studio, 'mediaConvert', '_control', { fate: { match: '"Notification"|status', times: 1, fate, lateMs: random.below(20_000) } });
  }
  await tell(studio, 'threePlay', '_control', { settings: { turnaroundMs: 3_000 } });
  await tell(studio, 'threePlay', '_control', { callbacks: Array.from({ length: videos }, () => random.pick(['lost', 'twice', 'once'])) });
  // The day’s new videos are fewer than there are, as are its units: captions alone take four hundred each.
  await tell(studio, 'youtube', '_settings', { processingMs: 3_000, indexLagMs: 2_000, uploadKeepBytes: 1_500, sessionMs: SESSION_MS, limits: { inserts: Math.min(100, Math.ceil(videos * 0.6)), units: 10_000 } });
  for (const [standIn, fault] of FAULTS) await studio.fault(standIn, { times: 0, ...fault });
}

/** Lets the time of the stand-ins go by, ends sessions, lets third orders be paid, and kills the worker with -9 at random, until it is over. */
export async function rage({ studio, temporal, random }: Storm, isOver: () => Promise<boolean>): Promise<StormReport> {
  const report = { kills: 0, days: 0 };
  let dawn = 0;
  let killAt = Date.now() + 8_000 + random.below(8_000);
  for (let stroke = 1; !(await isOver()); stroke += 1) {
    await delay(STROKE_MS);
    if (stroke % TOKEN_STROKES === 0) await tell(studio, 'mediaConvert', '_control', { advanceMs: TOKEN_MS });
    if (random.below(10) === 0) await tell(studio, 'youtube', '_settings', { expireUploads: EXPIRED_SHARE, quotaWording: random.pick(['quotaExceeded', 'perDay']) });
    await letThirdOrdersBePaid(studio);
    if (Date.now() > dawn + MORNING_MS && (await isQuotaSpent(studio))) {
      await endDay(studio, temporal);
      dawn = Date.now();
      report.days += 1;
    }
    if (Date.now() < killAt) continue;
    await studio.killWorker();
    report.kills += 1;
    killAt = Date.now() + 18_000 + random.below(18_000);
  }
  return report;
}

/** Lets nothing fail any more. */
export async function endStorm(studio: Studio): Promise<void> {
  for (const standIn of new Set(FAULTS.map(([name]) => name))) await studio.fault(standIn, { clear: true });
}

/** Whether people read that nothing is given out before the day ends. */
async function isQuotaSpent(studio: Studio): Promise<boolean> {
  const { buckets } = await studio.call('GET /api/v1/youtube', {});
  return buckets.some(({ until, waiting }) => until !== null && waiting > 0);
}

/** Where two orders of a video's captions came to nothing, a person says that a third may be paid. Nothing else waits for one here. */
async function letThirdOrdersBePaid(studio: Studio): Promise<void> {
  const { orders } = await studio.call('GET /api/v1/caption-orders', { query: { state: 'waiting' } });
  for (const { id, reason } of orders) if (reason?.code === 'ThirdOrder') await studio.call('POST /api/v1/caption-orders/:order/approve', { params: { order: id } });
}

/** Midnight in California: YouTube gives anew, and a ledger that is opened anew knows of nothing spent. */
async function endDay(studio: Studio, temporal: Client): Promise<void> {
  await tell(studio, 'youtube', '_control', { advanceSeconds: DAY_SECONDS });
  await temporal.workflow.getHandle(youtubeQuotaContract.workflowId()).cancel().catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

/** A job as MediaConvert keeps it. */
export interface KeptJob {
  readonly id: string;
  readonly status: string;
  readonly userMetadata: Readonly<Record<string, string>>;
}
/** What YouTube keeps. */
export interface KeptYoutube {
  readonly videos: readonly { readonly id: string; readonly snippet: { readonly description: string }; readonly status: { readonly privacyStatus: string } }[];
  readonly captions: readonly { readonly videoId: string; readonly language: string; readonly trackKind: string }[];
}
/** What 3Play keeps. */
export interface KeptThreePlay {
  readonly files: readonly { readonly id: number; readonly referenceId: string }[];
  readonly transcripts: readonly { readonly id: number; readonly mediaFileId: number; readonly status: string }[];
  readonly ledger: readonly { readonly kind: 'charge' | 'refund'; readonly mediaFileId: number; readonly referenceId: string; readonly transcriptId: number }[];
}

/** What the stand-ins have by now, as they keep it. */
export async function keptOutside(studio: Studio) {
  const file = (...parts: string[]): unknown => JSON.parse(readFileSync(join(studio.home, ...parts), 'utf8'));
  const { mails } = (await (await fetch(`${studio.stack.mailboxUrl ?? ''}/_mails`)).json()) as { mails: { id: string; to: string; subject: string }[] };
  return {
    jobs: (file('mediaConvert', 'media-convert.json') as { jobs: KeptJob[] }).jobs,
    youtube: file('youtube', 'state.json') as KeptYoutube,
    threePlay: file('threePlay', 'project.json') as KeptThreePlay,
    mails,
  };
}
