import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { shownErrors, shownMessage, shownTags, shownType, WITHHELD } from '#domain/errorEvent.ts';
import { siteOfWorkflow, siteProcesses } from '#domain/siteOfWorkflow.ts';
import { canaries, canariesIn, leakyMessage } from '#test/support/canaries.ts';
import { files, read } from '../house/support/tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const emptyThing = {} as { run(): void };

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('It was to throw');
}

describe('what is shown of an error', () => {
  it.each([
    ['a property of nothing', thrown(() => (undefined as unknown as { title: { x: string } }).title), "Cannot read properties of undefined (reading 'title')"],
    ['a function that is none', thrown(() => emptyThing.run()), 'emptyThing.run is not a function'],
    ['something Postgres refused', Object.assign(new Error(leakyMessage), { code: '23505', table: 'users', constraint: 'users_email_unique', detail: `Key (email)=(${canaries.email})` }), 'code 23505, table users, constraint users_email_unique'],
    ['something the system refused', Object.assign(new Error(`ENOENT: no such file, open '/elsewhere/${canaries.name}'`), { code: 'ENOENT', syscall: 'open', path: canaries.name }), 'code ENOENT, syscall open'],
    ['a circle', thrown(() => { const a: Record<string, unknown> = { [canaries.name]: null }; a[canaries.name] = a; JSON.stringify(a); }), 'Converting circular structure to JSON'],
    ['text that is no JSON', thrown(() => JSON.parse(canaries.name)), WITHHELD],
    ['a sentence of ours', new Error(leakyMessage), WITHHELD],
    ['a code that is a sentence', Object.assign(new Error('x'), { code: `${canaries.name} was here` }), WITHHELD],
    ['a text that was thrown', canaries.markdown, WITHHELD],
    ['nothing', undefined, WITHHELD],
    ['a workflow that does not fit its history', new Error('Timer machine does not handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)'), 'Timer machine does not handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)'],
  ])('%s', (_what, error, expected) => {
    expect(shownMessage(error)).toBe(expected);
  });

  it('its name only where it is one', () => {
    expect(shownType(Object.assign(new Error('x'), { name: 'S3Error' }))).toBe('S3Error');
    expect(shownType(Object.assign(new Error('x'), { name: canaries.name }))).toBe('Error');
    expect(shownType(canaries.name)).toBe('Error');
  });

  it('where it was thrown in our code, the oldest frame first, without the place of the code on this machine', () => {
    const [shown] = shownErrors(new TypeError(leakyMessage), root);
    const frames = shown?.stacktrace?.frames ?? [];
    expect(shown).toMatchObject({ type: 'TypeError', value: WITHHELD });
    expect(frames.at(-1)).toMatchObject({ filename: 'app:///test/domain/errorEvent.test.ts', in_app: true });
    expect(frames.some((frame) => frame.filename.startsWith('app:///node_modules/') && !frame.in_app)).toBe(true);
    expect(JSON.stringify(shown)).not.toContain(root);
    expect(canariesIn(JSON.stringify(shown))).toEqual([]);
  });

  it('what caused it, too, but no circle of causes without end', () => {
    const inner = Object.assign(new Error(leakyMessage), { code: 'ECONNRESET' });
    const outer = new Error('outer', { cause: inner });
    inner.cause = outer;
    expect(shownErrors(outer, root).map(({ value }) => value)).toEqual(['code ECONNRESET', WITHHELD]);
  });

  it('frames of places that are not ours are left out', () => {
    const error = new Error('x');
    error.stack = `Error: x\n    at ${canaries.name.replaceAll(' ', '')} (/elsewhere/canary/secret.ts:1:2)\n    at run (${root}api/app.ts:3:4)`;
    expect(shownErrors(error, root)[0]?.stacktrace?.frames).toEqual([{ filename: 'app:///api/app.ts', function: 'run', lineno: 3, colno: 4, in_app: true }]);
  });

  it('of tags those that can be ids and routes', () => {
    expect(shownTags({ site: 'algebra', workflow_id: 'publish-site/algebra/live', route: 'GET /api/v1/sites/:site', page: '', run_id: undefined, activity: `for ${canaries.email}` })).toEqual({ site: 'algebra', workflow_id: 'publish-site/algebra/live', route: 'GET /api/v1/sites/:site' });
  });
});

describe('the site of a workflow', () => {
  it('is in the id of those whose contract says so', () => {
    expect(siteOfWorkflow('publish-site/algebra/live')).toBe('algebra');
    expect(siteOfWorkflow('send-mail/0190b6a4-0000-7000-8000-000000000001')).toBeUndefined();
    expect(siteOfWorkflow('sync-starters')).toBeUndefined();
  });

  it('no contract is forgotten', () => {
    const named = files().filter((path) => path.startsWith('temporal/contracts/')).flatMap((path) => [...read(path).matchAll(/`([a-z-]+)\/\$\{siteName\}/g)].map(([, process]) => process));
    expect(named.length).toBeGreaterThan(10);
    expect([...siteProcesses].sort()).toEqual(named.sort());
  });
});
