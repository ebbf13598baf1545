import { expect, test } from 'vitest';
import { retryLine, runDuration, runLine, timelineOf } from '../../web/src/features/runs/timeline.ts';
import { createWorld, ended, phasesOf, runOf, type Run } from './support/world.ts';

const now = new Date();
const site = createWorld().sites[0];
if (site === undefined) throw new Error('The world has a site');
const of = (some: Partial<Run>) => runOf(site, 'draft', some);
const brief = (run: Run): string[] => timelineOf(run, now).map((row) => `${row.title}: ${row.word}`);

test('a run in the middle shows what was, is and will be', () => {
  const run = of({});
  expect(brief(run)).toEqual(['Freeze the content: Done', 'Prepare: Done', 'Commit to GitHub: Done', 'Build with Hugo: Running', 'Compare with the site: To come', 'Deploy to S3: To come', 'Purge the CDN: To come', 'Look at the site: To come', 'Record: To come']);
  const current = timelineOf(run, now).filter((row) => row.isCurrent);
  expect(current).toMatchObject([{ id: 'build', line: 'Building every page of the site with the shared themes.', tone: 'running' }]);
  expect(runLine(run, now)).toBe('Build with Hugo');
});

test('a step that is tried again counts down to the next try', () => {
  const error = { code: 'GitHubRateLimited', message: 'GitHub is limiting us.' };
  const at = (ms: number): string => new Date(now.getTime() + ms).toISOString();
  expect(retryLine({ attempt: 2, nextAttemptAt: at(12_000), error }, now)).toBe('GitHub is limiting us. Trying again in 12 s (3rd try).');
  expect(retryLine({ attempt: 1, nextAttemptAt: at(90_500), error }, now)).toBe('GitHub is limiting us. Trying again in 1 min 31 s (2nd try).');
  expect(retryLine({ attempt: 1, nextAttemptAt: at(-3_000), error: null }, now)).toBe('Trying again now (2nd try).');
  const run = of({ phases: phasesOf('commit', { state: 'retrying', attempt: 2, nextAttemptAt: at(4_000), error }) });
  expect(runLine(run, now)).toBe('GitHub is limiting us. Trying again in 4 s (3rd try).');
});

test('a failed run stands open at its fault, and what was not reached says so', () => {
  const run = of({ state: 'failed', phases: phasesOf('build', { state: 'failed', error: { code: 'HugoFailed', message: 'Hugo could not build the site.' } }), reason: { code: 'HugoFailed', message: 'Hugo could not build the site.' } });
  expect(timelineOf(run, now).filter((row) => row.isFault)).toMatchObject([{ id: 'build', line: 'Hugo could not build the site.', tone: 'failed' }]);
  expect(brief(run).slice(4)).toEqual(['Compare with the site', 'Deploy to S3', 'Purge the CDN', 'Look at the site', 'Record'].map((title) => `${title}: Not reached`));
});

test('a run that was ended from outside has no step that goes on', () => {
  for (const state of ['terminated', 'cancelled', 'superseded'] as const) {
    const rows = timelineOf(of({ state }), now);
    expect(rows.some((row) => row.isCurrent || row.icon === 'running')).toBe(false);
    expect(rows.find((row) => row.id === 'build')).toMatchObject({ word: 'Stopped', duration: null });
  }
});

test('a run that ended well says in one line what it did, and a try that helped', () => {
  expect(runLine(of(ended()), now)).toBe('12 of 1,933 files changed, 4.1 MB');
  const phases = phasesOf('end').map((phase) => (phase.id === 'commit' ? { ...phase, attempt: 3 } : phase));
  expect(timelineOf(of(ended({ phases })), now).find((row) => row.id === 'commit')?.line).toBe('3 files in 1 commit; preview at 4be01c2, on the 3rd try');
});

test('a running clock shows whole seconds, an ended one its tenths', () => {
  const startedAt = new Date(now.getTime() - 5_700).toISOString();
  expect(runDuration({ startedAt, endedAt: null, state: 'running' }, now)).toBe('5 s');
  expect(runDuration({ startedAt, endedAt: now.toISOString(), state: 'succeeded' }, now)).toBe('5.7 s');
  expect(runDuration({ startedAt, endedAt: null, state: 'terminated' }, now)).toBeNull();
});
