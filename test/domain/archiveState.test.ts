import { describe, expect, it } from 'vitest';
import { afterCapture, afterFailure, afterStep, afterTaken, dueStep, type LinkArchive, NEVER_ARCHIVED, NEVER_HEARD } from '#domain/archiveState.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = Date.UTC(2026, 10, 25, 12);
const queued: LinkArchive = { ...NEVER_ARCHIVED, state: 'queued', dueAt: now, url: 'https://web.archive.org/web/2020/old', archivedAt: now - 40 * DAY };
const taken = afterTaken(queued, 'job-1', 0, now);

describe('a link that the archive took', () => {
  it('is asked about after 90 seconds, and keeps its older copy until then', () => {
    expect(taken).toEqual({ ...queued, state: 'submitted', jobId: 'job-1', submittedAt: now, startsAt: now, stepAt: now, dueAt: now + 90_000 });
    expect(dueStep(taken, now + 90_000)).toBe('askStatus');
  });

  it('is asked about when its capture may be done, where that begins later', () => {
    expect(afterTaken(queued, 'job-1', 10 * HOUR, now)).toMatchObject({ state: 'submitted', startsAt: now + 10 * HOUR, dueAt: now + 10 * HOUR + 90_000 });
  });

  it('is asked about within the hour, then looked for, submitted once more, and given up', () => {
    let archive = taken;
    const steps: [string, number][] = [];
    while (archive.dueAt !== null && steps.length < 40) {
      const at = archive.dueAt;
      steps.push([archive.state, (at - now) / MINUTE]);
      archive = archive.state === 'queued' ? afterTaken(archive, 'job-2', 0, at) : afterStep(archive, at);
    }
    const once = [1.5, 3, 5, 10, 20, 40, 55].map((minutes): [string, number] => ['submitted', minutes]);
    const lookUps: [string, number][] = [['unknown', 720], ['unknown', 1_440]];
    const again = ([state, minutes]: [string, number]): [string, number] => [state, minutes + 1_440];
    expect(steps).toEqual([...once, ...lookUps, ['queued', 1_440], ...[...once, ...lookUps].map(again)]);
    expect(archive).toEqual({ ...queued, state: 'failed', dueAt: null, stepAt: now + 2 * DAY, isResubmitted: true, reason: NEVER_HEARD });
  });
});

describe('a capture that failed', () => {
  it.each<[string, number, Partial<LinkArchive>]>([
    ['error:no-browsers-available', 0, { state: 'queued', failures: 1, dueAt: now + 2 * MINUTE }],
    ['error:no-browsers-available', 2, { state: 'queued', failures: 3, dueAt: now + HOUR }],
    ['error:no-browsers-available', 5, { state: 'failed', failures: 5, dueAt: null }],
    ['error:too-many-daily-captures', 0, { state: 'queued', failures: 1, dueAt: now + DAY }],
    ['error:not-found', 0, { state: 'failed', failures: 0, dueAt: null }],
    ['error:something-new', 0, { state: 'queued', failures: 1, dueAt: now + DAY }],
    ['error:user-session-limit', 4, { state: 'queued', failures: 4, dueAt: now + MINUTE }],
  ])('with %s after %i failures', (statusExt, failures, expected) => {
    const archive = afterFailure({ ...taken, failures }, statusExt, now);
    expect(archive).toMatchObject({ ...expected, reason: statusExt, jobId: null, submittedAt: null, startsAt: null, stepAt: now, url: queued.url });
  });
});

it('a copy ends all that was waited for', () => {
  const archive = afterCapture({ ...taken, failures: 3, reason: 'error:proxy-error', isResubmitted: true }, { timestamp: '20261125120130', originalUrl: 'https://example.edu/' }, now + 2 * MINUTE);
  expect(archive).toEqual({ ...NEVER_ARCHIVED, state: 'archived', stepAt: now + 2 * MINUTE, url: 'https://web.archive.org/web/20261125120130/https://example.edu/', archivedAt: now + 90_000 });
});
