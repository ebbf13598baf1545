import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BuildStatus, createConcourse } from '#clients/concourse.ts';
import { ConcourseError } from '#clients/concourseError.ts';
import type { Pipeline, PipelineRef, Step } from '#domain/concourse/definition.ts';
import { task } from '#domain/concourse/steps.ts';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';
import { useConcourse } from '#test/support/useConcourse.ts';

const { standIn, env: concourseEnv } = useConcourse();
beforeEach(() => {
  Object.assign(standIn.quirks, { firstCallIsRefused: true, splitsCookie: false });
});

function clientOf(env: Record<string, string> = {}) {
  const client = createConcourse(makeConfig({ ...concourseEnv, ...env }));
  if (client === null) throw new Error('There is no Concourse');
  return client;
}
const errorOf = async (work: Promise<unknown>): Promise<ConcourseError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof ConcourseError) return error;
  throw error;
};
const requests = (since: number): string[] => standIn.journal.slice(since).map((entry) => `${entry.method} ${entry.path.split('?')[0] ?? ''} ${entry.status}`);

let made = 0;
const newRef = (): PipelineRef => ({ name: 'live', vars: { site: `site-${(made += 1)}` } });
const script = (...lines: string[]): Step => task('work', { image: 'curl', script: lines, timeout: '1m', attempts: 1 });
const jobOf = (...plan: Step[]): Pipeline => ({ resource_types: [], resources: [], jobs: [{ name: 'work-job', serial: true, plan }] });

describe('a sign-in', () => {
  it('goes through the pages, and takes the token from one cookie or from its parts', async () => {
    const since = standIn.journal.length;
    await clientOf().list();
    expect(requests(since)).toEqual([
      'GET /sky/login 302',
      'GET /sky/issuer/auth 200',
      'GET /sky/issuer/auth/local 302',
      'GET /sky/issuer/auth/local/login 200',
      'POST /sky/issuer/auth/local/login 303',
      // The first call with a fresh token is refused once; the token is good.
      'GET /api/v1/teams/ocw/pipelines 401',
      'GET /api/v1/teams/ocw/pipelines 200',
    ]);
    standIn.quirks.splitsCookie = true;
    await expect(clientOf().list()).resolves.toEqual(expect.any(Array));
  });

  it('is made anew, with cookies of its own, when the token ended', async () => {
    const client = clientOf();
    await client.list();
    standIn.expireTokens();
    const since = standIn.journal.length;
    await Promise.all([client.list(), client.list(), client.list()]);
    expect(requests(since).filter((line) => line.startsWith('POST /sky')).length).toBe(1);
    expect(requests(since).filter((line) => line.endsWith('pipelines 200')).length).toBe(3);
  });

  it('with a wrong password is refused for good, though the page says 200', async () => {
    expect(await errorOf(clientOf({ CONCOURSE_PASSWORD: 'wrong' }).list())).toMatchObject({ kind: 'refused', message: 'Concourse refuses the user name or the password of CONCOURSE_USERNAME and CONCOURSE_PASSWORD' });
  });

  it('that was not answered is tried again by the next call', async () => {
    const client = clientOf();
    standIn.addFault({ fault: '503', match: /sky\/login/ });
    expect(await errorOf(client.list())).toMatchObject({ kind: 'unavailable', status: 503 });
    await expect(client.list()).resolves.toEqual(expect.any(Array));
  });

  it('needs all three settings', () => {
    expect(createConcourse(makeConfig({ CONCOURSE_URL: concourseEnv.CONCOURSE_URL, CONCOURSE_USERNAME: 'studio' }))).toBeNull();
  });
});

describe('a pipeline', () => {
  it('is created paused, changed by its version, paused and removed', async () => {
    const client = clientOf();
    const ref = newRef();
    const stateOf = async () => (await client.list()).find((pipeline) => pipeline.vars?.['site'] === ref.vars?.['site']);
    await client.upsert(ref, jobOf(script('true')));
    expect(await stateOf()).toEqual({ name: 'live', vars: ref.vars, isPaused: true });
    await client.unpause(ref);
    await client.upsert(ref, jobOf(script('false')));
    expect(await stateOf()).toMatchObject({ isPaused: false });
    await client.pause(ref);
    expect(await stateOf()).toMatchObject({ isPaused: true });
    await client.remove(ref);
    expect(await stateOf()).toBeUndefined();
    await client.remove(ref);
  });

  it('that somebody changes at the same time is read and sent again', async () => {
    const ref = newRef();
    await clientOf().upsert(ref, jobOf(script('true')));
    await Promise.all([1, 2, 3].map((count) => clientOf().upsert(ref, jobOf(script(`exit ${count}`)))));
    expect(standIn.state.pipelines.find((pipeline) => pipeline.vars?.['site'] === ref.vars?.['site'])?.version).toBe(4);
  });

  it('whose definition is wrong is refused, with what Concourse says', async () => {
    const error = await errorOf(clientOf().upsert(newRef(), jobOf({ get: 'nothing', trigger: false })));
    expect(error).toMatchObject({ kind: 'refused', status: 400 });
    expect(error.message).toContain('unknown resource \\"nothing\\"');
  });

  it('that is not there is missing', async () => {
    expect(await errorOf(clientOf().unpause(newRef()))).toMatchObject({ kind: 'missing', status: 404 });
  });
});

describe('a build', () => {
  const run = async (...plan: Step[]) => {
    const client = clientOf();
    const ref = newRef();
    await client.upsert(ref, jobOf(...plan));
    await client.unpause(ref);
    const build = await client.trigger(ref, 'work-job');
    const ended = await until('the build ends', async () => {
      const seen = await client.build(build.id);
      return seen !== null && !['pending', 'started'].includes(seen.status) ? seen : undefined;
    });
    return { client, ref, build, status: ended.status, log: standIn.state.builds.find((one) => one.id === build.id)?.log ?? [] };
  };

  it.each<[BuildStatus, string, Step[]]>([
    ['succeeded', 'a script that ends well', [script('echo hello')]],
    ['failed', 'a script that fails in its first line', [script('false', 'true')]],
    ['failed', 'a step that lasts too long', [{ ...script('sleep 60'), timeout: '200ms' }]],
    ['errored', 'an input that is not there', [task('work', { image: 'curl', inputs: ['nothing'], script: ['true'], timeout: '1m', attempts: 1 })]],
    ['errored', 'a variable that nobody set', [task('work', { image: 'curl', params: { KEY: '((no-such.key))' }, script: ['true'], timeout: '1m', attempts: 1 })]],
    ['succeeded', 'a failure that is only tried', [{ try: script('false') }]],
  ])('is %s by %s', async (expected, _what, plan) => {
    expect((await run(...plan)).status).toBe(expected);
  });

  it('hands files from task to task, tries again, and runs the hook that fits', async () => {
    const flaky = task('work', { image: 'curl', inputs: ['out'], script: [`[ "$(cat out/word)" = héllo ]`, 'echo tried', 'false'], timeout: '1m', attempts: 3 });
    const { status, log } = await run(
      task('write', { image: 'curl', outputs: ['out'], params: { WORD: 'héllo' }, script: ['printf "%s" "$WORD" > out/word'], timeout: '1m', attempts: 1 }),
      { ...flaky, on_failure: script('echo the hook of a failure'), on_error: script('echo the hook of an error') },
    );
    expect({ status, tries: log.filter((line) => line === 'tried').length, hooks: log.filter((line) => line.startsWith('the hook')) }).toEqual({ status: 'failed', tries: 3, hooks: ['the hook of a failure'] });
  });

  it('goes through values side by side, each with its own words', async () => {
    const { status, log } = await run({ across: [{ var: 'site', values: [{ name: 'one' }, { name: 'two' }], max_in_flight: 2 }], try: task('work', { image: 'curl', params: { NAME: '((.:site.name))' }, script: ['echo "built $NAME of ((.:site.name))"'], timeout: '1m', attempts: 1 }) });
    expect({ status, built: log.filter((line) => line.startsWith('built')).sort() }).toEqual({ status: 'succeeded', built: ['built one of one', 'built two of two'] });
  });

  it('is stopped with everything it started', async () => {
    const client = clientOf();
    const ref = newRef();
    await client.upsert(ref, jobOf({ ...script('echo at work; sleep 300 & wait'), on_abort: script('echo stopped') }));
    await client.unpause(ref);
    const build = await client.trigger(ref, 'work-job');
    const log = (): string[] => standIn.state.builds.find((one) => one.id === build.id)?.log ?? [];
    await until('it is at work', () => Promise.resolve(log().includes('at work') ? true : undefined));
    await client.abort(build.id);
    await until('it is stopped', async () => ((await client.build(build.id))?.status === 'aborted' ? true : undefined));
    expect(log()).toContain('stopped');
  });

  it('is found among the builds of its job, the newest first', async () => {
    const { client, ref, build } = await run(script('true'));
    const second = await client.trigger(ref, 'work-job');
    expect((await client.builds(ref, 'work-job')).map((one) => one.id)).toEqual([second.id, build.id]);
  });

  it('of a paused pipeline waits', async () => {
    const client = clientOf();
    const ref = newRef();
    await client.upsert(ref, jobOf(script('true')));
    const build = await client.trigger(ref, 'work-job');
    await client.list();
    expect(await client.build(build.id)).toEqual({ id: build.id, status: 'pending' });
    await client.abort(build.id);
    expect(await client.build(build.id)).toMatchObject({ status: 'aborted' });
  });

  it('that Concourse does not know is null, and needs no stopping', async () => {
    expect(await clientOf().build(999_999)).toBeNull();
    await clientOf().abort(999_999);
  });
});

describe('something that is not Concourse', () => {
  /** Answers what it is told, once somebody signed in by one page. */
  async function answering<T>(answer: (request: IncomingMessage, response: ServerResponse) => void, work: (client: ReturnType<typeof clientOf>, asked: string[]) => Promise<T>): Promise<T> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      request.resume().on('end', () => answer(request, response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await work(clientOf({ CONCOURSE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }), asked);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
  const signsIn = (answer: string) => (request: IncomingMessage, response: ServerResponse) => {
    const isSignIn = request.url?.startsWith('/sky/') === true;
    response.writeHead(200, request.method === 'POST' && isSignIn ? { 'set-cookie': 'skymarshal_auth="bearer token"; Path=/' } : {}).end(isSignIn ? '<a href="/sky/issuer/auth/local?a=1&amp;b=2">' : answer);
  };

  it.each<[string, (client: ReturnType<typeof clientOf>) => Promise<unknown>]>([
    ['list', (client) => client.list()],
    ['builds', (client) => client.builds(newRef(), 'work-job')],
    ['build', (client) => client.build(1)],
    ['trigger', (client) => client.trigger(newRef(), 'work-job')],
    ['upsert', (client) => client.upsert(newRef(), jobOf(script('true')))],
  ])('that answers %s well with a page is waited for', async (_name, call) => {
    await answering(signsIn('<h1>Back in a minute</h1>'), async (client) => {
      expect(await errorOf(call(client))).toMatchObject({ kind: 'unavailable', message: 'Concourse answered with something that is no JSON' });
    });
  });

  it('that answers a build with a status nobody knows is waited for', async () => {
    await answering(signsIn('{"id": 1, "status": "dreaming"}'), async (client) => expect(await errorOf(client.build(1))).toMatchObject({ kind: 'unavailable' }));
  });

  it('that takes a definition and says it is wrong has refused it', async () => {
    await answering(signsIn('{"errors": ["invalid jobs: no plan"]}'), async (client) => expect(await errorOf(client.upsert(newRef(), jobOf(script('true'))))).toMatchObject({ kind: 'refused', message: 'Concourse finds the definition wrong: invalid jobs: no plan' }));
  });

  it('is told nothing when the sign-in leads to it', async () => {
    const since = standIn.journal.length;
    await answering((_request, response) => void response.writeHead(302, { location: `${concourseEnv.CONCOURSE_URL}/sky/login` }).end(), async (client) => {
      expect(await errorOf(client.list())).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('leads away from it') as string });
    });
    expect(requests(since)).toEqual([]);
  });

  it('that leads in a circle is given up', async () => {
    await answering((_request, response) => void response.writeHead(302, { location: '/sky/login' }).end(), async (client, asked) => {
      expect(await errorOf(client.list())).toMatchObject({ kind: 'unavailable', message: 'Concourse’s sign-in leads in a circle' });
      expect(asked).toHaveLength(10);
    });
  });

  it('that asks to slow down is waited for', async () => {
    standIn.addFault({ fault: '429', match: /pipelines/ });
    expect(await errorOf(clientOf().list())).toMatchObject({ kind: 'unavailable', status: 429 });
  });
});

it('what Concourse fails at, or never answers, can be tried again', async () => {
  const client = clientOf();
  await client.list();
  standIn.addFault({ fault: '500', match: /pipelines/ });
  expect(await errorOf(client.list())).toMatchObject({ kind: 'unavailable', status: 500 });
  expect(await errorOf(clientOf({ CONCOURSE_URL: 'http://127.0.0.1:9' }).list())).toMatchObject({ kind: 'unavailable', status: null });
});

it('a caller that stops asking gets its own reason', async () => {
  const client = clientOf();
  await client.list();
  standIn.addFault({ fault: 'timeout', match: /pipelines/ });
  const controller = new AbortController();
  const since = standIn.journal.length;
  const listing = client.list(controller.signal);
  await until('it is asked', () => Promise.resolve(standIn.journal.length > since ? true : undefined));
  controller.abort(new Error('cancelled by a person'));
  await expect(listing).rejects.toThrow('cancelled by a person');
});
