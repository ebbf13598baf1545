import { afterEach, describe, expect, it } from 'vitest';
import type { Review } from '#api/contracts/reviews.ts';
import { publishRun, request, RUN_ID } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const counts = { added: 1, changed: 2, removed: 1, unchanged: 9, pages: 2, dying: 1, bytes: 4_100 };
const review = (given: Partial<Review> = {}): Review => ({
  runId: RUN_ID,
  site: { name: 'linear-algebra', title: 'Linear Algebra' },
  version: 'live',
  state: 'waiting',
  commit: 'c0ffee00'.repeat(5),
  asked: { person: null, at: '2026-03-01T14:05:00.000Z' },
  needsApproval: false,
  approvalAsked: null,
  approved: null,
  scheduled: null,
  counts,
  reason: null,
  publishRunId: null,
  endedAt: null,
  can: { publish: true, schedule: true, unschedule: false, askApproval: true, approve: false, reject: true },
  ...given,
});
const run = () => publishRun({ process: 'review-publish', version: 'live', state: 'running', phase: 'decide' });
const made = {
  'POST /api/v1/sites/:site/reviews': async () => request({ process: 'review-publish', version: 'live' }),
  'GET /api/v1/runs/:run': async () => run(),
} as const;

describe('studio review', () => {
  it('shows what would change once it can be decided about', async () => {
    const page = { theme: '', path: 'pages/a/index.html', url: 'http://live/pages/a/', change: 'changed', title: 'A', inserted: 3, deleted: 1 } as const;
    api = await startApi({
      ...made,
      'GET /api/v1/reviews/:run': async () => ({ review: review(), run: run(), report: { counts, notCompared: 0, dying: [{ path: 'old/', url: 'http://live/old/' }], pages: [page], files: [] }, later: { saves: 0, items: [] } }),
    });
    const { code, out } = await runStudio(api.url, ['review', 'linear-algebra', '--version', 'live', '--wait']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      '2 pages differ; 1 file added, 2 changed, 1 removed, 4.1 kB; 1 address would die.',
      'would die: http://live/old/',
      'changed  +3 −1 words  http://live/pages/a/',
      'Decide in the studio, or set a time with `npm run studio -- publish linear-algebra --version live --at <moment>`.',
      RUN_ID,
      '',
    ]);
  });

  it('fails with the reason of its run', async () => {
    api = await startApi({ ...made, 'GET /api/v1/runs/:run': async () => publishRun({ process: 'review-publish', state: 'failed', phases: [], reason: { code: 'HugoFailed', message: 'Hugo could not build the site.' } }) });
    expect(await runStudio(api.url, ['review', 'linear-algebra', '--version', 'live', '--wait'])).toEqual(failure('The review of ‘linear-algebra’ (live) failed: Hugo could not build the site.'));
  });
});

describe('studio publish --at', () => {
  it('reviews it and sets the time, in UTC', async () => {
    let at = '';
    api = await startApi({
      ...made,
      'POST /api/v1/reviews/:run/schedule': async ({ body }) => {
        at = body.at;
        return review({ state: 'scheduled' });
      },
    });
    const { code, out } = await runStudio(api.url, ['publish', 'linear-algebra', '--version', 'live', '--at', '2026-03-01T08:00-05:00']);
    expect([code, at]).toEqual([0, '2026-03-01T13:00:00.000Z']);
    expect(out).toBe(`‘linear-algebra’ (live) goes out at 2026-03-01 13:00 UTC, as it is saved now. Take it back with \`npm run studio -- cancel ${RUN_ID}\`.\n`);
  });

  it.each(['tomorrow', '2026-03-01T08:00', '2026-13-01T08:00Z'])('does not take ‘%s’ for a moment', async (text) => {
    api = await startApi({});
    expect((await runStudio(api.url, ['publish', 'linear-algebra', '--version', 'live', '--at', text])).code).toBe(2);
    expect(api.asked).toEqual([]);
  });
});

it('studio schedules lists what is to come', async () => {
  api = await startApi({ 'GET /api/v1/schedules': async () => ({ total: 1, schedules: [review({ scheduled: { person: { id: RUN_ID, name: 'Ada Lin' }, at: '2026-03-01T14:05:00.000Z' } })] }) });
  expect((await runStudio(api.url, ['schedules'])).out).toBe(`${RUN_ID}  linear-algebra (live)  2026-03-01 14:05 UTC  Ada Lin\n`);
});

it('studio approve says that nothing is published by that alone', async () => {
  api = await startApi({ 'POST /api/v1/reviews/:run/approve': async () => review() });
  expect((await runStudio(api.url, ['approve', RUN_ID])).out).toBe('The review of ‘linear-algebra’ (live) is approved. Nothing is published by that alone.\n');
  expect(api.asked).toEqual([`POST /api/v1/reviews/${RUN_ID}/approve`]);
});
