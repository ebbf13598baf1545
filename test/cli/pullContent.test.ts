import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import type { PullPlan } from '#api/contracts/pulls.ts';
import type { Handlers } from '#api/router.ts';
import { phasesOf, publishRun, request, RUN_ID, site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const none = { add: 0, change: 0, delete: 0, unchanged: 0, kept: 0, missing: 0, conflict: 0, refused: 0 };
const plan = (changes: Partial<PullPlan> = {}): PullPlan => ({
  site: 'linear-algebra',
  commit: 'c0ffee00'.repeat(5),
  dryRun: false,
  goesBack: null,
  counts: { ...none, change: 1, unchanged: 2, kept: 1 },
  lines: [
    { action: 'kept', path: 'README.md', textId: null, fields: [], reason: 'outside of the content model' },
    { action: 'change', path: 'content/pages/a.md', textId: 'a', fields: ['title', 'markdown'], reason: null },
    { action: 'unchanged', path: 'content/pages/b.md', textId: 'b', fields: [], reason: null },
    { action: 'unchanged', path: 'content/pages/c.md', textId: 'c', fields: [], reason: 'edited in the studio; the next publish commits it' },
  ],
  ...changes,
});

/** An API that plans as told; `asked` is what pulls it was asked for. */
async function start(given: { plan?: (dryRun: boolean) => PullPlan; run?: Partial<Parameters<typeof publishRun>[0] & object>; more?: Partial<Handlers> } = {}): Promise<{ asked: unknown[] }> {
  const asked: unknown[] = [];
  let dryRun = false;
  api = await startApi({
    'POST /api/v1/sites/:site/pulls': async ({ body }) => {
      asked.push(body);
      ({ dryRun } = body);
      return request({ process: 'pull-content', version: null });
    },
    'GET /api/v1/runs/:run': async () => publishRun({ process: 'pull-content', title: 'Pull', version: null, phases: phasesOf('pull-content', 4), result: {}, url: null, ...given.run }),
    'GET /api/v1/pulls/:run/plan': async () => ({ ...(given.plan?.(dryRun) ?? plan()), dryRun }),
    ...given.more,
  });
  return { asked };
}
const run = (...args: string[]) => runStudio(api.url, ['import', '--site', 'linear-algebra', ...args]);
const whole = { dryRun: false, deleteMissing: false, overwrite: false, allowOlder: false };

describe('studio import --site', () => {
  it('asks for a pull of the head of main, and says so', async () => {
    const { asked } = await start();
    expect(await run()).toEqual({ code: 0, out: 'Asked for ‘linear-algebra’. Its run has begun.\n', err: '' });
    expect(JSON.parse((await run('--json')).out)).toEqual({ runId: RUN_ID, state: 'running', reason: null, plan: null });
    expect(asked).toEqual([whole, whole]);
  });

  it('waits, shows the phases and what was taken', async () => {
    await start();
    const { code, out, err } = await run('--wait', '--path', 'content/pages');
    expect(code).toBe(0);
    expect(out).toBe(
      'change     content/pages/a.md  title, markdown\n' +
        'unchanged  content/pages/c.md  edited in the studio; the next publish commits it\n' +
        'Pulled ‘linear-algebra’ at c0ffee00: 1 changed; 2 unchanged. 1 file of the repository is no content of the studio.\n',
    );
    expect(err).toContain('✓ Compare with the studio');
  });

  it('shows a dry run without being told to wait, as lines or as JSON', async () => {
    const { asked } = await start();
    expect((await run('--dry-run')).out).toContain('Dry run ‘linear-algebra’ at c0ffee00: 1 to change; 2 unchanged.');
    const { out, err, code } = await run('--dry-run', '--json', '--only-commit', 'c0ffee0');
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual({ runId: RUN_ID, state: 'succeeded', reason: null, plan: plan({ dryRun: true }) });
    expect(asked).toEqual([{ ...whole, dryRun: true }, { ...whole, dryRun: true, onlyCommit: 'c0ffee0' }]);
  });

  it('ends with 1 when something could not be taken, and says how it could', async () => {
    await start({ plan: () => plan({ counts: { ...none, conflict: 1 }, lines: [{ action: 'conflict', path: 'content/pages/a.md', textId: 'a', fields: ['title'], reason: 'edited here and there' }] }) });
    const { code, out, err } = await run('--wait');
    expect([code, err.trim().split('\n').at(-1)]).toEqual([1, '1 file was not taken: look at what was edited in the studio, or take the repository’s state with --overwrite.']);
    expect(out).toContain('conflict  content/pages/a.md  title; edited here and there\n');
    expect((await run('--dry-run', '--overwrite', '--json')).err).toBe('1 file would not be taken.\n');
  });

  it('says why a pull failed', async () => {
    await start({ run: { state: 'failed', reason: { code: 'CommitMissing', message: 'The repository has no commit ‘c0ffee0’.' } } });
    expect(await run('--wait', '--json')).toEqual({ code: 1, out: `${JSON.stringify({ runId: RUN_ID, state: 'failed', reason: 'The repository has no commit ‘c0ffee0’.', plan: null })}\n`, err: 'The pull of ‘linear-algebra’ failed: The repository has no commit ‘c0ffee0’.\n' });
  });

  it('says which site was probably meant', async () => {
    await start({
      more: {
        'POST /api/v1/sites/:site/pulls': async () => {
          throw new ApiError('notFound', 'There is no site named ‘linear-algebr’.');
        },
        'GET /api/v1/sites': async () => ({ total: 1, sites: [site()] }),
      },
    });
    expect(await runStudio(api.url, ['import', '--site', 'linear-algebr'])).toEqual(failure('There is no site named ‘linear-algebr’. Did you mean ‘linear-algebra’?'));
  });

  it.each([
    [['--starter', 'ocw-course-v2'], '--starter goes not with --site'],
    [['--media', '.'], '--media goes not with --site'],
    [['folder'], 'with --site the source is the repository of the site'],
  ])('is not mixed with a new site: %s', async (args, sentence) => {
    const { asked } = await start();
    const outcome = await run(...args);
    expect([outcome.code, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toContain(sentence);
    expect(asked).toEqual([]);
  });

  it.each([
    [['import', 'folder', '--starter', 'x', '--delete-missing'], '--delete-missing goes only with --site'],
    [['import', 'folder', '--starter', 'x', '--only-commit', 'c0ffee0'], '--only-commit goes only with --site'],
    [['import'], "missing required argument 'source'"],
    [['import', 'folder'], "required option '--starter <slug>' not specified"],
  ])('and a new site needs what it needed: %s', async (args, sentence) => {
    await start();
    const outcome = await runStudio(api.url, args);
    expect([outcome.code, outcome.out]).toEqual([2, '']);
    expect(outcome.err).toContain(sentence);
  });
});

describe('what deletes or goes back', () => {
  it('is not done where nobody can be asked, unless --yes is said', async () => {
    const { asked } = await start();
    expect(await run('--delete-missing', '--wait')).toEqual(failure('--delete-missing deletes items whose file is gone: look at it with --dry-run, then say --yes.'));
    expect(asked).toEqual([]);
    expect((await run('--delete-missing', '--yes')).code).toBe(0);
    // Whether a commit is older than main is known to the studio, which refuses it.
    expect((await run('--commit', 'c0ffee0')).code).toBe(0);
    expect(asked).toEqual([{ ...whole, deleteMissing: true, allowOlder: true }, { ...whole, commit: 'c0ffee0' }]);
  });

  const asking = (answer: boolean) => {
    const questions: string[] = [];
    return { questions, confirm: (question: string) => Promise.resolve(void questions.push(question)).then(() => answer) };
  };

  it('is shown first, and done for the commit that was shown when the answer is yes', async () => {
    const { asked } = await start({ plan: () => plan({ counts: { ...none, delete: 2 }, lines: [{ action: 'delete', path: 'content/pages/a.md', textId: 'a', fields: [], reason: null }] }) });
    const { questions, confirm } = asking(true);
    const { code, out } = await runStudio(api.url, ['import', '--site', 'linear-algebra', '--delete-missing', '--ref', 'main'], { confirm });
    expect(code).toBe(0);
    expect(questions).toEqual(['Delete 2 items and go on?']);
    expect(out).toMatch(/^delete {2}content\/pages\/a\.md\nDry run .*2 to delete\.\nAsked for/);
    expect(asked).toEqual([{ ...whole, ref: 'main', deleteMissing: true, dryRun: true }, { ...whole, commit: 'c0ffee00'.repeat(5), deleteMissing: true, allowOlder: true }]);
  });

  it('is not done when the answer is no', async () => {
    const { asked } = await start({ plan: () => plan({ goesBack: { at: '2026-03-01T10:00:00.000Z', commits: 3 } }) });
    const { questions, confirm } = asking(false);
    const { code, err } = await runStudio(api.url, ['import', '--site', 'linear-algebra', '--only-commit', 'c0ffee0'], { confirm });
    expect([code, questions]).toEqual([1, ['Go back all the same?']]);
    expect(err).toContain('This goes back to 2026-03-01; 3 newer commits are not taken.\n');
    expect(err.endsWith('Nothing was changed.\n')).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('is not asked about when there is nothing to ask', async () => {
    const { asked } = await start();
    const { questions, confirm } = asking(false);
    expect((await runStudio(api.url, ['import', '--site', 'linear-algebra', '--commit', 'c0ffee0'], { confirm })).code).toBe(0);
    expect((await runStudio(api.url, ['import', '--site', 'linear-algebra'], { confirm })).code).toBe(0);
    expect(questions).toEqual([]);
    expect(asked).toEqual([{ ...whole, commit: 'c0ffee0', dryRun: true }, { ...whole, commit: 'c0ffee0' }, whole]);
  });

  it('whose dry run fails is not done', async () => {
    const { asked } = await start({ run: { state: 'failed', reason: { code: 'BranchMissing', message: 'There is no such branch.' } } });
    const { confirm } = asking(true);
    const outcome = await runStudio(api.url, ['import', '--site', 'linear-algebra', '--ref', 'nowhere'], { confirm });
    expect([outcome.code, outcome.err.trim().split('\n').at(-1)]).toEqual([1, 'The dry run of ‘linear-algebra’ failed: There is no such branch. Nothing was changed.']);
    expect(asked).toHaveLength(1);
  });
});
