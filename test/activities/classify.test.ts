import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { classify, problemsOf, toFailure } from '#activities/classify.ts';
import { StepError } from '#activities/stepError.ts';
import { DriveError } from '#clients/drive.ts';
import { YouTubeError } from '#clients/youtube.ts';
import { FastlyError } from '#clients/fastly.ts';
import { GitError } from '#clients/git.ts';
import { GitHubError } from '#clients/github.ts';
import { HugoError } from '#clients/hugo.ts';
import { LearnError } from '#clients/learn.ts';
import { MediaConvertError } from '#clients/mediaConvertError.ts';
import { S3Error } from '#clients/s3.ts';
import { ThreePlayError } from '#clients/threePlay.ts';
import { ForeignPathError } from '#domain/manifest.ts';
import { failures } from '#temporal/failures.ts';

const coded = (code: string, more: object = {}): Error => Object.assign(new Error('it broke'), { code, ...more });

describe('what an activity threw', () => {
  it.each([
    ['GitHub limits us', new GitHubError('rateLimited', 'x', 429, 90_000), 'GitHubRateLimited'],
    ['GitHub answers 502', new GitHubError('unavailable', 'x', 502), 'GitHubUnavailable'],
    ['GitHub is silent', new GitHubError('unavailable', 'x', null), 'GitHubUnavailable'],
    ['GitHub refuses', new GitHubError('refused', 'Bad credentials', 401), 'GitHubRefused'],
    ['GitHub does not have it', new GitHubError('missing', 'Not Found', 404), 'GitHubRefused'],
    ['a merge conflict', new GitHubError('conflict', 'Merge conflict', 409), 'MergeConflict'],
    ['git host is silent', new GitError('unavailable', 'fetch', ''), 'GitUnavailable'],
    ['a push raced', new GitError('raced', 'push', '! [rejected]'), 'GitPushRaced'],
    ['git credentials', new GitError('refused', 'fetch', ''), 'GitHubRefused'],
    ['no repository', new GitError('missing', 'fetch', 'fatal: not found'), 'GitHubRefused'],
    ['git on a full disk', new GitError('diskFull', 'fetch', ''), 'DiskFull'],
    ['a damaged mirror', new GitError('broken', 'fetch', 'fatal: bad object'), 'Unexpected'],
    ['S3 is slow', new S3Error('unavailable', 'SlowDown', 503, 'PUT x'), 'S3Unavailable'],
    ['S3 is away', new S3Error('unavailable', 'ECONNREFUSED', null, 'PUT x'), 'S3Unavailable'],
    ['S3 refuses', new S3Error('refused', 'AccessDenied', 403, 'PUT x'), 'S3Refused'],
    ['S3 lacks the bucket', new S3Error('missing', 'NoSuchBucket', 404, 'PUT x'), 'S3Refused'],
    ['YouTube limits us', new YouTubeError('rateLimited', 'x', { status: 403 }), 'YoutubeRateLimited'],
    ['YouTube is silent', new YouTubeError('unavailable', 'x'), 'YoutubeUnavailable'],
    ['YouTube gives no more today', new YouTubeError('quota', 'x', { status: 403 }), 'YoutubeQuotaSpent'],
    ['the channel had its uploads', new YouTubeError('uploadLimit', 'x', { status: 400 }), 'YoutubeQuotaSpent'],
    ['the consent was taken back', new YouTubeError('revoked', 'x', { status: 400 }), 'YoutubeConsentLost'],
    ['the consent is for another channel', new YouTubeError('wrongChannel', 'x'), 'YoutubeConsentLost'],
    ['YouTube does not have it', new YouTubeError('missing', 'x', { status: 404 }), 'YoutubeMissing'],
    ['YouTube does not take it', new YouTubeError('refused', 'x', { status: 400 }), 'YoutubeRefused'],
    ['YouTube does not let us', new YouTubeError('forbidden', 'x', { status: 403 }), 'YoutubeRefused'],
    ['Drive limits us', new DriveError('rateLimited', 'x', 403, 'userRateLimitExceeded'), 'DriveRateLimited'],
    ['Drive is silent', new DriveError('unavailable', 'x'), 'DriveUnavailable'],
    ['Drive answers 500', new DriveError('unavailable', 'x', 500, 'backendError'), 'DriveUnavailable'],
    ['Drive forgot a listing', new DriveError('gone', 'x', 410), 'DriveUnavailable'],
    ['Drive gives no more today', new DriveError('quota', 'x', 403, 'downloadQuotaExceeded'), 'DriveQuotaSpent'],
    ['Drive does not have it', new DriveError('missing', 'x', 404, 'notFound'), 'DriveMissing'],
    ['Drive refuses', new DriveError('refused', 'x', 403, 'insufficientFilePermissions'), 'DriveRefused'],
    ['MediaConvert limits us', new MediaConvertError('limited', 'x', 429, 'TooManyRequestsException'), 'MediaConvertUnavailable'],
    ['MediaConvert is silent', new MediaConvertError('unavailable', 'x', null, 'ECONNREFUSED'), 'MediaConvertUnavailable'],
    ['MediaConvert may have made a job', new MediaConvertError('uncertain', 'x', null, 'TimeoutError'), 'TranscodeUncertain'],
    ['MediaConvert may not be asked', new MediaConvertError('denied', 'x', 403, 'AccessDeniedException'), 'MediaConvertRefused'],
    ['MediaConvert has no such job', new MediaConvertError('missing', 'x', 404, 'NotFoundException'), 'MediaConvertRefused'],
    ['MediaConvert will not', new MediaConvertError('refused', 'x', 400, 'BadRequestException'), 'MediaConvertRefused'],
    ['a document too large for Drive', new DriveError('tooLarge', 'x', 403, 'exportSizeLimitExceeded'), 'DriveTooLarge'],
    ['3Play limits us', new ThreePlayError('limited', 'x', 429, 60_000), 'ThreePlayLimited'],
    ['3Play is silent', new ThreePlayError('unavailable', 'x', null), 'ThreePlayUnavailable'],
    ['3Play answers 500', new ThreePlayError('unavailable', 'x', 500), 'ThreePlayUnavailable'],
    ['3Play may have taken it', new ThreePlayError('uncertain', 'x', 504), 'ThreePlayUncertain'],
    ['3Play has it already', new ThreePlayError('exists', 'x', 400), 'ThreePlayRefused'],
    ['3Play does not know it', new ThreePlayError('missing', 'x', 404), 'ThreePlayRefused'],
    ['3Play refuses', new ThreePlayError('refused', 'x', 400), 'ThreePlayRefused'],
    ['captions that are not ready', new StepError('CaptionsNotReady', 'Captions are at work.'), 'CaptionsNotReady'],
    ['Fastly is away', new FastlyError('unavailable', 'x', 503), 'FastlyUnavailable'],
    ['Fastly refuses', new FastlyError('refused', 'x', 401), 'FastlyRefused'],
    ['Learn is away', new LearnError('unavailable', 'x', 500), 'LearnUnavailable'],
    ['Learn refuses', new LearnError('refused', 'x', 400), 'LearnRefused'],
    ['Hugo fails', new HugoError('failed', ''), 'HugoFailed'],
    ['Hugo lasts', new HugoError('timedOut', ''), 'HugoTimedOut'],
    ['no Hugo', new HugoError('missing', ''), 'HugoMissing'],
    ['Hugo on a full disk', new HugoError('diskFull', ''), 'DiskFull'],
    ['a page of another site', new ForeignPathError('courses/b/x.html', 'courses/b'), 'PathNotOurs'],
    ['a full disk', coded('ENOSPC', { syscall: 'write' }), 'DiskFull'],
    ['a full quota', coded('EDQUOT'), 'DiskFull'],
    ['Postgres shuts down', coded('57P01'), 'DatabaseUnavailable'],
    ['Postgres starts', coded('57P03'), 'DatabaseUnavailable'],
    ['too many connections', coded('53300'), 'DatabaseUnavailable'],
    ['a lost connection to Postgres', coded('08006'), 'DatabaseUnavailable'],
    ['two transactions met', coded('40001'), 'DatabaseUnavailable'],
    ['a deadlock', coded('40P01'), 'DatabaseUnavailable'],
    ['no Postgres', coded('ECONNREFUSED', { syscall: 'connect' }), 'DatabaseUnavailable'],
    ['Postgres hung up', new Error('Connection terminated unexpectedly'), 'DatabaseUnavailable'],
    ['no free connection', new Error('Knex: Timeout acquiring a connection. The pool is probably full.'), 'DatabaseUnavailable'],
    ['a row that exists', coded('23505'), 'Unexpected'],
    ['a missing file', coded('ENOENT', { syscall: 'open' }), 'Unexpected'],
    ['a plain error', new Error('secret detail of ours'), 'Unexpected'],
    ['a TypeError', new TypeError('x is undefined'), 'Unexpected'],
    ['a text', 'text', 'Unexpected'],
    ['nothing', undefined, 'Unexpected'],
  ] as const)('%s: is named, with a sentence, and final exactly where a person must act', (_what, error, type) => {
    const classified = classify(error, 1);
    expect(classified).toMatchObject({ type, isFinal: failures[type].final });
    expect(classified.message).toMatch(/^\p{Lu}|^git /u);
    expect(classified.message.length).toBeGreaterThan(15);
  });

  it('waits as long as GitHub asks, and no shorter than it would by itself', () => {
    expect(classify(new GitHubError('rateLimited', 'x', 429, 90_000), 1).delayMs).toBe(90_000);
    expect(classify(new GitHubError('rateLimited', 'x', 429, 10), 1).delayMs).toBe(5_000);
    expect(classify(new GitHubError('unavailable', 'x', 503, 20_000), 1).delayMs).toBe(20_000);
  });

  it('waits as long as Drive asks, a quarter of an hour where a limit is spent, and as long as a step says', () => {
    expect(classify(new DriveError('rateLimited', 'x', 429, null, 90_000), 1).delayMs).toBe(90_000);
    expect(classify(new DriveError('unavailable', 'x', 503, null, 70_000), 1).delayMs).toBe(70_000);
    expect(classify(new DriveError('quota', 'x', 403, 'quotaExceeded'), 1)).toMatchObject({ isFinal: false, delayMs: 15 * 60_000 });
    expect(classify(new StepError('DriveQuotaSpent', 'x', [], 5 * 60 * 60_000), 1).delayMs).toBe(5 * 60 * 60_000);
  });

  it('waits longer each time', () => {
    expect([1, 2, 3].map((attempt) => classify(new S3Error('unavailable', 'SlowDown', 503, 'x'), attempt).delayMs)).toEqual([1_000, 2_000, 4_000]);
  });

  it('that nobody expected is tried a few times and then waits for a person; it tells nothing of ours', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => classify(new Error('secret detail of ours'), attempt).isFinal)).toEqual([false, false, false, true, true]);
    expect(classify(new Error('secret detail of ours'), 4).message).not.toContain('secret');
  });

  it('that has a name keeps it, with its sentence and problems, however often it is wrapped', () => {
    const step = new StepError('HugoFailed', 'Hugo could not build the site.', [{ message: 'x', file: 'a.md', line: 3 }]);
    const failure = toFailure(classify(step, 1));
    expect(failure).toMatchObject({ type: 'HugoFailed', message: 'Hugo could not build the site.', nonRetryable: true });
    expect(problemsOf(failure)).toEqual(step.problems);
    expect(classify(failure, 1)).toEqual(classify(step, 1));
    expect(problemsOf(ApplicationFailure.create({ type: 'HugoFailed' }))).toEqual([]);
  });

  it('with a type of somebody else is not believed', () => {
    expect(classify(ApplicationFailure.create({ type: 'toString', message: 'x' }), 1).type).toBe('Unexpected');
  });

  it('stays small enough for history', () => {
    const problems = Array.from({ length: 500 }, () => ({ message: '😀'.repeat(5_000), file: 'a.md' }));
    const failure = toFailure(classify(new StepError('HugoFailed', 'x', problems), 1));
    expect(problemsOf(failure)).toHaveLength(20);
    expect(Buffer.byteLength(JSON.stringify(failure.details?.[0]))).toBeLessThan(32 * 1024);
  });

  it('goes to Temporal with the time of the next try when there is one', () => {
    expect(toFailure(classify(new GitError('raced', 'push', ''), 2))).toMatchObject({ nonRetryable: false, nextRetryDelay: 400 });
    expect(toFailure(classify(new GitError('refused', 'push', ''), 2)).nextRetryDelay).toBeUndefined();
  });
});
