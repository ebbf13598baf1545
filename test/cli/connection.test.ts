import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import { publishRun, site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi, TOKEN } from './support/startApi.ts';

const root = new URL('../..', import.meta.url).pathname;
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** An address on which nobody listens any more. */
async function deadUrl(): Promise<string> {
  const api = await startApi({});
  await api.stop();
  return api.url;
}

describe('which studio is spoken to', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'cli-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is that of stack.json', async () => {
    const api = await startApi({ 'GET /api/v1/sites/:site': async () => site() });
    closing.push(api.stop);
    writeFileSync(join(home, 'stack.json'), JSON.stringify({ studioUrl: `${api.url}/`, apiToken: TOKEN }));
    expect(await runStudio(undefined, ['status', 'linear-algebra', '--json'], { home })).toMatchObject({ code: 0, err: '' });
    expect(api.asked).toEqual(['GET /api/v1/sites/linear-algebra']);
  });

  it('is said to be missing when there is no stack.json', async () => {
    expect(await runStudio(undefined, ['runs'], { home })).toEqual(failure(`No studio runs here: there is no ${home}/stack.json. Start one with \`npm start\`, or set STUDIO_URL and STUDIO_API_TOKEN.`));
  });

  it.each(['{"studioUrl":', '[]', '{"studioUrl":"http://localhost:1"}'])('is not guessed from a stack.json that is %s', async (text) => {
    writeFileSync(join(home, 'stack.json'), text);
    expect(await runStudio(undefined, ['runs'], { home })).toEqual(failure(`${home}/stack.json is not what \`npm start\` writes: it has no studioUrl and apiToken. Start the studio again.`));
  });

  it('is not half of one and half of another', async () => {
    expect(await runStudio('http://localhost:1', ['runs'], { apiToken: '' })).toEqual(failure('STUDIO_URL is set and STUDIO_API_TOKEN is not: set both, or neither to use the studio on this machine.'));
    expect(await runStudio(undefined, ['runs'], { apiToken: 'x' })).toEqual(failure('STUDIO_API_TOKEN is set and STUDIO_URL is not: set both, or neither to use the studio on this machine.'));
    expect((await runStudio('studio.example.edu', ['runs'])).err).toBe('STUDIO_URL must name the studio by an address such as https://studio.example.edu, not ‘studio.example.edu’.\n');
  });
});

describe('a studio that cannot help', () => {
  it('does not answer', async () => {
    const url = await deadUrl();
    expect(await runStudio(url, ['status', 'x'])).toEqual(failure(`The studio does not answer at ${url}. Is \`npm start\` running?`));
  });

  it('does not accept the token', async () => {
    const api = await startApi({});
    closing.push(api.stop);
    expect(await runStudio(api.url, ['runs'], { apiToken: 'wrong' })).toEqual(failure(`The studio at ${api.url} does not accept the token of STUDIO_API_TOKEN.`));
  });

  it('is something else', async () => {
    const server = createServer((_request, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nginx</h1>'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await runStudio(url, ['runs'])).toEqual(failure(`What answers at ${url} is not the studio (status 404). Check STUDIO_URL.`));
  });

  it('refuses, in its own words', async () => {
    const api = await startApi({
      'GET /api/v1/runs': async () => {
        throw new ApiError('forbidden', 'You may not see runs.');
      },
      'POST /api/v1/system/adopt': async () => {
        throw new Error('a secret of the database');
      },
    });
    closing.push(api.stop);
    expect(await runStudio(api.url, ['runs'])).toEqual(failure('You may not see runs.'));
    const broken = await runStudio(api.url, ['admin', 'adopt']);
    expect(broken.code).toBe(1);
    expect(broken.err).toMatch(/^[^\n]+\n$/);
    expect(broken.err).not.toContain('secret');
  });
});

describe('a question that means nothing', () => {
  it.each([
    [['publsh', 'x'], 'Did you mean publish?'],
    [['publish', '--version', 'live'], "missing required argument 'name'"],
    [['publish', 'x'], "required option '--version <version>' not specified"],
    [['publish', 'x', '--version', 'lve'], 'Allowed choices are draft, live.'],
    [['import', 'x'], "required option '--starter <slug>' not specified"],
    [['status', 'x', '--jsn'], 'Did you mean --json?'],
    [['status', 'x', 'y'], 'too many arguments'],
    [['runs', '--state', 'done'], 'Allowed choices are running'],
    [['runs', '--limit', '0'], 'It is a number from 1 to 100.'],
    [['retry', 'x'], 'The id of a run looks like'],
    [['admin', 'grant', 'a@example.edu', 'king'], 'Allowed choices are global_admin'],
    [['admin'], 'Usage: studio admin'],
  ])('%j ends with 2 and says so', async (args, says) => {
    const { code, out, err } = await runStudio('http://localhost:1', args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
  });

  it('asks for help with 0', async () => {
    const { code, out } = await runStudio(undefined, ['publish', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Usage: studio publish [options] <name>');
  });
});

describe('the process', () => {
  let api: StartedApi;
  const main = (args: string[], env: Record<string, string>) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(process.execPath, ['--import', 'tsx', join(root, 'cli/main.ts'), ...args], { cwd: root, env: { PATH: process.env['PATH'], ...env } }, (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }));
    });

  it('takes its studio from the environment and ends with the code', async () => {
    api = await startApi({ 'GET /api/v1/runs': async () => ({ total: 1, runs: [publishRun()] }) });
    closing.push(api.stop);
    const done = await main(['runs', '--json'], { STUDIO_URL: api.url, STUDIO_API_TOKEN: TOKEN });
    expect({ ...done, out: (JSON.parse(done.out) as { total: number }).total }).toEqual({ code: 0, out: 1, err: '' });
    const home = mkdtempSync(join(tmpdir(), 'cli-home-'));
    closing.push(() => rmSync(home, { recursive: true, force: true }));
    expect(await main(['runs'], { STUDIO_HOME: home })).toEqual(failure(`No studio runs here: there is no ${home}/stack.json. Start one with \`npm start\`, or set STUDIO_URL and STUDIO_API_TOKEN.`));
  });
});
