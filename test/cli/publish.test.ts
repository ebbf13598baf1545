import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import type { Handlers } from '#api/router.ts';
import { phasesOf, publishRun, request, RUN_ID, site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const publish = ['publish', 'linear-algebra', '--version', 'draft'];

/** An API whose answers to the same question come one after the other; the last one stays. */
function inTurn<T>(...answers: readonly (T | (() => T | Promise<T>))[]): () => Promise<T> {
  let next = 0;
  return async () => {
    const answer = answers[Math.min(next, answers.length - 1)] as T | (() => T | Promise<T>);
    next += 1;
    return typeof answer === 'function' ? await (answer as () => T | Promise<T>)() : answer;
  };
}

const publishing = (run: Handlers['GET /api/v1/runs/:run'], more: Partial<Handlers> = {}): Partial<Handlers> => ({ 'POST /api/v1/sites/:site/publishes': async () => request(), 'GET /api/v1/runs/:run': run, ...more });

describe('studio publish --wait', () => {
  it('prints the result as JSON and nothing else', async () => {
    api = await startApi(publishing(inTurn(publishRun({ state: 'running', endedAt: null }), publishRun())));
    const { code, out, err } = await runStudio(api.url, [...publish, '--wait', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    const result = JSON.parse(out) as { phases: { id: string; state: string }[] };
    expect(Object.keys(result)).toEqual(['runId', 'state', 'reason', 'url', 'changed', 'uploadedBytes', 'phases']);
    expect(result).toMatchObject({ runId: RUN_ID, state: 'succeeded', reason: null, url: 'http://localhost:8044/courses/linear-algebra/', changed: 12, uploadedBytes: 4_321_000 });
    expect(result.phases.map((phase) => `${phase.id} ${phase.state}`)).toEqual(['freeze done', 'prepublish done', 'commit done', 'build done', 'plan done', 'deploy done', 'purge done', 'verify done', 'record done']);
  });

  it.each([
    [{ builder: 'concourse', result: { builder: 'concourse', buildId: 7 } }, 'built and uploaded by Concourse'],
    [{ result: { changed: 0, uploadedBytes: 0 } }, 'nothing changed'],
  ] as const)('says what came of it: %j', async (some, what) => {
    api = await startApi(publishing(inTurn(publishRun(some))));
    expect((await runStudio(api.url, [...publish, '--wait'])).out).toContain(`Published ‘linear-algebra’ (draft): ${what}.\n`);
  });

  it('says each phase as it ends, a failed try, and what came of it', async () => {
    const retrying = phasesOf('publish-site', 3, { state: 'retrying', startedAt: '2026-03-01T14:05:13.000Z', attempt: 2, error: { code: 'GitHubUnavailable', message: 'GitHub answers 500.' } });
    api = await startApi(publishing(inTurn(publishRun({ state: 'running', phases: phasesOf('publish-site', 1) }), publishRun({ state: 'running', phases: retrying }), publishRun({ warnings: [{ message: 'No instructor', file: 'data/course.json', line: 3 }] }))));
    const { code, out, err } = await runStudio(api.url, [...publish, '--wait']);
    expect(code).toBe(0);
    expect(out).toBe('Published ‘linear-algebra’ (draft): 12 files changed, 4.3 MB uploaded.\nhttp://localhost:8044/courses/linear-algebra/\n');
    expect(err.split('\n')).toEqual([
      '✓ Freeze the content  13 s  Summary of freeze',
      '✓ Prepare  13 s  Summary of prepublish',
      '✓ Commit to GitHub  13 s  Summary of commit',
      '… Build with Hugo: try 2 did not work (GitHub answers 500.); it is tried again.',
      '✓ Build with Hugo  13 s  Summary of build',
      '✓ Compare with the site  13 s  Summary of plan',
      '✓ Deploy to S3  13 s  Summary of deploy',
      '✓ Purge the CDN  13 s  Summary of purge',
      '✓ Look at the site  13 s  Summary of verify',
      '✓ Record  13 s  Summary of record',
      '1 warning:',
      '  data/course.json:3: No instructor',
      '',
    ]);
  });

  it('moves one line on a terminal, and takes it away', async () => {
    const building = phasesOf('publish-site', 3, { state: 'running', startedAt: new Date(Date.now() - 65_000).toISOString(), summary: '120 pages' });
    api = await startApi(publishing(inTurn(publishRun({ state: 'running', phases: building }), publishRun({ phases: [] }))));
    const { err } = await runStudio(api.url, [...publish, '--wait'], { isTerminal: true });
    expect(err).toContain('\r\u001b[K… Build with Hugo  1 min 5 s  120 pages');
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });

  it('waits in the queue with the request’s own words', async () => {
    api = await startApi(publishing(inTurn(publishRun()), { 'POST /api/v1/sites/:site/publishes': async () => request({ state: 'engine', message: 'Waiting for the engine.', runId: null }), 'GET /api/v1/requests/:request': inTurn(...Array.from({ length: 4 }, () => request({ state: 'queued', message: 'Asked for.', runId: null })), request()) }));
    const { code, err } = await runStudio(api.url, [...publish, '--wait']);
    expect(code).toBe(0);
    expect(err.split('\n').slice(0, 3)).toEqual(['Waiting for the engine.', 'Asked for.', '✓ Freeze the content  13 s  Summary of freeze']);
  });

  it('fails with the run’s reason, and with every place Hugo names', async () => {
    const reason = { code: 'HugoFailed', message: 'Hugo could not build the site. content/pages/a.md:12: unclosed shortcode' };
    const problems = [{ message: 'unclosed shortcode', file: 'content/pages/a.md', line: 12 }, { message: 'no template', file: 'layouts/b.html', line: 3, inTheme: true }];
    api = await startApi(publishing(async () => publishRun({ state: 'failed', reason, problems, phases: phasesOf('publish-site', 3, { state: 'failed' }), result: null })));
    const shown = await runStudio(api.url, [...publish, '--wait']);
    expect(shown).toMatchObject({ code: 1, out: '' });
    expect(shown.err.split('\n').slice(-5)).toEqual(['✓ Commit to GitHub  13 s  Summary of commit', '✗ Build with Hugo', `The publish of ‘linear-algebra’ (draft) failed: ${reason.message}`, '  layouts/b.html:3: no template (in the theme)', '']);
    const asJson = await runStudio(api.url, [...publish, '--wait', '--json']);
    expect({ code: asJson.code, err: asJson.err }).toEqual({ code: 1, err: `The publish of ‘linear-algebra’ (draft) failed: ${reason.message}\n` });
    expect(JSON.parse(asJson.out)).toMatchObject({ state: 'failed', reason: reason.message, changed: null, uploadedBytes: null });
  });

  it('fails when the run was cancelled', async () => {
    api = await startApi(publishing(async () => publishRun({ state: 'cancelled', reason: null, phases: [], result: null })));
    expect(await runStudio(api.url, [...publish, '--wait'])).toEqual(failure('The publish of ‘linear-algebra’ (draft) was cancelled: It does not say why.'));
  });

  it('goes on when the studio goes away and comes back', async () => {
    let said = '';
    let back: Promise<unknown> | undefined;
    const goAway = () => {
      // Answered first, and gone before the next question.
      void api.stop();
      return publishRun({ state: 'running', phases: [] });
    };
    api = await startApi(publishing(inTurn(goAway, publishRun({ phases: [] }))));
    const { code, err } = await runStudio(api.url, [...publish, '--wait', '--json'], {
      err: (text) => {
        said += text;
        if (text.includes('does not answer')) back ??= api.startAgain();
      },
    });
    await back;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(said).toMatch(/^The studio does not answer\. What was asked for goes on without it; waiting for it to come back\.\nThe studio answers again, after [\d.]+ s\.\n$/);
  });

  it('gives up in the end on a studio that stays away, and says how to ask later', async () => {
    let unavailable = 0;
    api = await startApi(
      publishing(async () => {
        unavailable += 1;
        throw new ApiError('databaseUnavailable', 'The studio’s database does not answer.');
      }),
    );
    const { code, err } = await runStudio(api.url, [...publish, '--wait'], { patienceMs: 60 });
    expect(code).toBe(1);
    expect(err).toMatch(/\nThe studio has not answered for [\d.]+ s: it is not known how this ended\. Ask later with `npm run studio -- status linear-algebra`\.\n$/);
    expect(unavailable).toBeGreaterThan(1);
  });
});

describe('studio publish', () => {
  it('only asks, without --wait', async () => {
    api = await startApi({ 'POST /api/v1/sites/:site/publishes': inTurn(request({ state: 'queued', message: 'Asked for.', runId: null }), request()) });
    const { code, out } = await runStudio(api.url, [...publish, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ runId: null, state: 'waiting', reason: 'Asked for.', url: null, changed: null, uploadedBytes: null, phases: [] });
    expect((await runStudio(api.url, publish)).out).toBe('Asked for ‘linear-algebra’ (draft). Its run has begun.\n');
  });

  it('knows which site was meant', async () => {
    api = await startApi({
      'POST /api/v1/sites/:site/publishes': async () => {
        throw new ApiError('notFound', 'There is no site named ‘linear-algbra’.');
      },
      'GET /api/v1/sites': async () => ({ total: 2, sites: [site({ name: 'ocw-www' }), site()] }),
    });
    expect(await runStudio(api.url, ['publish', 'linear-algbra', '--version', 'live'])).toEqual(failure('There is no site named ‘linear-algbra’. Did you mean ‘linear-algebra’?'));
    expect(await runStudio(api.url, ['publish', 'zoology', '--version', 'live'])).toEqual(failure('There is no site named ‘linear-algbra’.'));
  });
});
