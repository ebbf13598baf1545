import { ConcourseError } from '#clients/concourseError.ts';
import { DriveError } from '#clients/driveError.ts';
import { FastlyError } from '#clients/fastly.ts';
import { GitError } from '#clients/git.ts';
import { GitHubError } from '#clients/github.ts';
import { HugoError } from '#clients/hugo.ts';
import { LearnError } from '#clients/learn.ts';
import { MailError } from '#clients/mailError.ts';
import { MediaConvertError } from '#clients/mediaConvertError.ts';
import { S3Error } from '#clients/s3.ts';
import { ThreePlayError } from '#clients/threePlay.ts';
import { WaybackError } from '#clients/wayback.ts';
import { YouTubeError } from '#clients/youtubeError.ts';
import { archivedFaultOf } from '#domain/archivedSites.ts';
import { ForeignPathError } from '#domain/manifest.ts';
import type { Problem } from '#domain/runs.ts';
import { failures, type FailurePolicy, type FailureType, isFailureType, retryDelayMs } from '#temporal/failures.ts';
import { ApplicationFailure } from '@temporalio/common';
import { StepError } from './stepError.ts';

/** What a thrown value means: a failure type with its sentence, and when to try again. */
export interface Classified {
  readonly type: FailureType;
  readonly message: string;
  readonly problems: readonly Problem[];
  /** No further try by itself. */
  readonly isFinal: boolean;
  /** Milliseconds to the next try; meaningless when final. */
  readonly delayMs: number;
  /** Nothing is wrong: something is waited for. */
  readonly isWait: boolean;
}

interface Named {
  readonly type: FailureType;
  readonly message: string;
  readonly problems?: readonly Problem[];
  readonly retryAfterMs?: number | null;
}

const POSTGRES_CLASSES_THAT_PASS = /^(08|53|57P|40001|40P01|55P03)/;

function nameOf(error: unknown): Named {
  if (error instanceof StepError) return { type: error.type, message: error.message, problems: error.problems, retryAfterMs: error.retryAfterMs };
  if (error instanceof ApplicationFailure && isFailureType(error.type)) return { type: error.type, message: error.message, problems: problemsOf(error) };
  if (error instanceof GitHubError) {
    switch (error.kind) {
      case 'rateLimited':
        return { type: 'GitHubRateLimited', message: 'GitHub is limiting us.', retryAfterMs: error.retryAfterMs };
      case 'unavailable':
        return { type: 'GitHubUnavailable', message: error.status === null ? 'GitHub does not answer.' : `GitHub answers with an error (${error.status}).`, retryAfterMs: error.retryAfterMs };
      case 'conflict':
        return { type: 'MergeConflict', message: 'The branches of the site’s repository cannot be merged: somebody changed them by hand. Merge them on GitHub, then retry.' };
      case 'missing':
      case 'refused':
        return { type: 'GitHubRefused', message: `GitHub refused: ${firstLine(error.message)}` };
    }
  }
  if (error instanceof GitError) {
    switch (error.kind) {
      case 'unavailable':
        return { type: 'GitUnavailable', message: 'The git host does not answer.' };
      case 'raced':
        return { type: 'GitPushRaced', message: 'Somebody pushed to the repository at the same time.' };
      case 'refused':
        return { type: 'GitHubRefused', message: 'The git host refused our credentials.' };
      case 'missing':
        return { type: 'GitHubRefused', message: `The git host does not have what we asked for: ${firstLine(error.stderr)}` };
      case 'diskFull':
        return diskFull();
      case 'broken':
        return { type: 'Unexpected', message: `git failed: ${firstLine(error.stderr)}` };
    }
  }
  if (error instanceof S3Error) {
    if (error.kind === 'unavailable') return { type: 'S3Unavailable', message: `The file store (S3) does not answer${error.status === null ? '' : ` properly (${error.status} ${error.code})`}.` };
    return { type: 'S3Refused', message: `The file store (S3) refused: ${error.message}.` };
  }
  if (error instanceof DriveError) {
    switch (error.kind) {
      case 'rateLimited':
        return { type: 'DriveRateLimited', message: 'Google Drive is limiting us.', retryAfterMs: error.retryAfterMs };
      case 'unavailable':
        return { type: 'DriveUnavailable', message: error.status === null ? 'Google Drive does not answer.' : `Google Drive answers with an error (${error.status}).`, retryAfterMs: error.retryAfterMs };
      case 'gone':
        return { type: 'DriveUnavailable', message: 'Google Drive forgot where this step was; it begins again.' };
      case 'quota':
        return { type: 'DriveQuotaSpent', message: `Google Drive gives no more for now: ${firstLine(error.message)}`, retryAfterMs: error.retryAfterMs };
      case 'missing':
        return { type: 'DriveMissing', message: `Google Drive does not have what we asked for, or keeps it from us: ${firstLine(error.message)}` };
      case 'tooLarge':
        return { type: 'DriveTooLarge', message: `Google Drive does not export a document that large: ${firstLine(error.message)}` };
      case 'refused':
        return { type: 'DriveRefused', message: `Google Drive refused: ${firstLine(error.message)}` };
    }
  }
  if (error instanceof ThreePlayError) {
    switch (error.kind) {
      case 'limited':
        return { type: 'ThreePlayLimited', message: 'The captions service (3Play) is limiting us.', retryAfterMs: error.retryAfterMs };
      case 'unavailable':
        return { type: 'ThreePlayUnavailable', message: error.status === null ? 'The captions service (3Play) does not answer.' : `The captions service (3Play) answers with an error (${error.status}).`, retryAfterMs: error.retryAfterMs };
      case 'uncertain':
        return { type: 'ThreePlayUncertain', message: `The captions service (3Play) may have done what it was asked, and did not say so: ${firstLine(error.message)}.` };
      case 'exists':
      case 'missing':
      case 'refused':
        return { type: 'ThreePlayRefused', message: `The captions service (3Play) refused: ${firstLine(error.message)}.` };
    }
  }
  if (error instanceof MediaConvertError) {
    switch (error.kind) {
      case 'limited':
        return { type: 'MediaConvertUnavailable', message: 'MediaConvert is limiting us.', retryAfterMs: error.retryAfterMs };
      case 'unavailable':
        return { type: 'MediaConvertUnavailable', message: error.status === null ? 'MediaConvert does not answer.' : `MediaConvert answers with an error (${error.status}).`, retryAfterMs: error.retryAfterMs };
      case 'uncertain':
        return { type: 'TranscodeUncertain', message: 'MediaConvert’s answer to a new job was lost. It is looked for before another one is made.' };
      case 'denied':
      case 'missing':
      case 'refused':
        return { type: 'MediaConvertRefused', message: `MediaConvert refused: ${firstLine(error.message)}.` };
    }
  }
  if (error instanceof FastlyError) {
    if (error.kind === 'unavailable') return { type: 'FastlyUnavailable', message: 'The CDN (Fastly) does not answer properly.', retryAfterMs: error.retryAfterMs };
    return { type: 'FastlyRefused', message: `The CDN refused: ${firstLine(error.message)}.` };
  }
  if (error instanceof ConcourseError) {
    if (error.kind === 'unavailable') return { type: 'ConcourseUnavailable', message: 'Concourse does not answer properly.' };
    return { type: 'ConcourseRefused', message: `Concourse refused: ${firstLine(error.message)}.` };
  }
  if (error instanceof LearnError) {
    if (error.kind === 'unavailable') return { type: 'LearnUnavailable', message: `A catalogue did not take the notice: ${firstLine(error.message)}.`, retryAfterMs: error.retryAfterMs };
    return { type: 'LearnRefused', message: `A catalogue refused the notice: ${firstLine(error.message)}.` };
  }
  if (error instanceof MailError) {
    if (error.kind === 'refused') return { type: 'MailRefused', message: `The mail service refused: ${firstLine(error.message)}.` };
    return { type: 'MailUnavailable', message: `The mail service does not take mails: ${firstLine(error.message)}.`, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof WaybackError) {
    if (error.kind === 'refused') return { type: 'WaybackRefused', message: `The Wayback Machine refused: ${firstLine(error.message)}. Look at its keys.` };
    return { type: 'WaybackUnavailable', message: `The Wayback Machine does not take captures now: ${firstLine(error.message)}.`, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof YouTubeError) {
    switch (error.kind) {
      case 'rateLimited':
        return { type: 'YoutubeRateLimited', message: 'YouTube is limiting us.', retryAfterMs: error.retryAfterMs };
      case 'unavailable':
      case 'gone':
      case 'exists':
        return { type: 'YoutubeUnavailable', message: error.status === null ? 'YouTube does not answer.' : `YouTube answers with an error (${error.status}).`, retryAfterMs: error.retryAfterMs };
      case 'quota':
      case 'uploadLimit':
        return { type: 'YoutubeQuotaSpent', message: `YouTube gives no more for now: ${firstLine(error.message)}`, retryAfterMs: error.retryAfterMs };
      case 'revoked':
      case 'wrongChannel':
        return { type: 'YoutubeConsentLost', message: `YouTube is closed to the studio. ${firstLine(error.message)}.` };
      case 'missing':
        return { type: 'YoutubeMissing', message: `YouTube does not have what we asked for: ${firstLine(error.message)}` };
      case 'forbidden':
      case 'refused':
        return { type: 'YoutubeRefused', message: `YouTube refused: ${firstLine(error.message)}` };
    }
  }
  if (error instanceof HugoError) {
    switch (error.kind) {
      case 'missing':
        return { type: 'HugoMissing', message: 'Hugo is not installed on the worker. Set HUGO_BIN to its binary.' };
      case 'timedOut':
        return { type: 'HugoTimedOut', message: 'Hugo did not end within its time limit.' };
      case 'diskFull':
        return diskFull();
      case 'failed':
        return { type: 'HugoFailed', message: 'Hugo could not build the site.' };
    }
  }
  if (error instanceof ForeignPathError) {
    return { type: 'PathNotOurs', message: `The build put out ‘${error.path}’, which belongs to the site at ‘${error.owner}’. Nothing was deployed. Rename the page.`, problems: [{ message: error.message, file: error.path }] };
  }
  const archived = archivedFaultOf(error);
  if (archived !== undefined) return { type: 'SiteArchived', message: archived };
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return diskFull();
    // A five-character code is an SQLSTATE: connection, resources, shutdown and serialization pass by themselves.
    if (/^[0-9A-Z]{5}$/.test(error.code) && POSTGRES_CLASSES_THAT_PASS.test(error.code)) return databaseAway();
    if (/^(ECONNREFUSED|ECONNRESET|ENOENT|ETIMEDOUT|EPIPE)$/.test(error.code) && 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'read')) return databaseAway();
  }
  if (error instanceof Error && /Connection terminated|Timeout acquiring a connection|server closed the connection|Client has encountered a connection error/i.test(error.message)) return databaseAway();
  return { type: 'Unexpected', message: 'The studio met an error it does not know. The engineers find it in the log under the run’s id.' };
}

function diskFull(): Named {
  return { type: 'DiskFull', message: 'The worker’s disk is full. The published site is untouched. Free some space, then retry.' };
}

function databaseAway(): Named {
  return { type: 'DatabaseUnavailable', message: 'The studio’s database does not answer.' };
}

function firstLine(text: string): string {
  return (text.trim().split('\n').find((line) => line.trim() !== '') ?? '').slice(0, 300);
}

/** The problems an ApplicationFailure of ours carries. */
export function problemsOf(failure: ApplicationFailure): readonly Problem[] {
  const detail = failure.details?.[0];
  return typeof detail === 'object' && detail !== null && 'problems' in detail && Array.isArray(detail.problems) ? (detail.problems as Problem[]) : [];
}

/** How many problems, and how much of each, travel through history; the rest is in the log object. */
const MAX_PROBLEMS = 20;
const MAX_MESSAGE = 400;

/** Classifies what an activity threw on its `attempt`-th try (from 1). */
export function classify(error: unknown, attempt: number): Classified {
  const named = nameOf(error);
  const policy: FailurePolicy = failures[named.type];
  // What another workflow tried to its end is final here too, whatever its kind.
  const isFinal = policy.final || (error instanceof ApplicationFailure && error.nonRetryable === true) || (policy.maxAttempts !== undefined && attempt >= policy.maxAttempts);
  return {
    type: named.type,
    message: named.message,
    problems: (named.problems ?? []).slice(0, MAX_PROBLEMS).map((problem) => ({ ...problem, message: problem.message.slice(0, MAX_MESSAGE) })),
    isFinal,
    delayMs: Math.max(retryDelayMs(named.type, attempt), named.retryAfterMs ?? 0),
    isWait: policy.isWait === true,
  };
}

/** The failure Temporal stores: type, sentence, problems, next delay; no stack of ours, which goes to the log. */
export function toFailure(classified: Classified): ApplicationFailure {
  return ApplicationFailure.create({
    type: classified.type,
    message: classified.message,
    nonRetryable: classified.isFinal,
    details: [{ problems: classified.problems }],
    ...(classified.isFinal ? {} : { nextRetryDelay: classified.delayMs }),
  });
}
