import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';

const tools = { hugoBin: '', temporalCli: '', temporalTestServer: '', versitygwBin: '' };
const none = onlyParts();
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start(env: Readonly<Record<string, string>>, parts: Parameters<typeof startStack>[0]['parts']) {
  const home = mkdtempSync(join(tmpdir(), 'ocw-telemetry-'));
  const running = await startStack({ home, env: { PATH: process.env['PATH'], ...env }, parts: parts ?? {}, ephemeralPorts: true, tools });
  ends.push(async () => {
    await running.stop();
    removeHome(home);
  });
  return running;
}

it('Sentry and PostHog start for who asks, and the product is pointed at them', async () => {
  const { stack, env } = await start({}, onlyParts('sentry', 'posthog'));
  expect(Object.keys(stack.standIns)).toEqual(['sentry', 'posthog']);
  for (const url of Object.values(stack.standIns)) expect((await fetch(url)).status).toBe(200);
  expect(env['SENTRY_DSN']).toBe(`${(stack.standIns['sentry'] ?? '').replace('//', '//localsentrykey@')}/1`);
  expect(env).toMatchObject({ POSTHOG_ENABLED: 'true', POSTHOG_API_HOST: stack.standIns['posthog'], POSTHOG_PROJECT_API_KEY: 'phc_local', POSTHOG_SECURE_KEY: 'phs_local' });
});

it('a variable asks for them, too', async () => {
  const { sentry: _sentry, posthog: _posthog, ...others } = none;
  const { stack } = await start({ STUDIO_LOCAL_TELEMETRY: 'true' }, others);
  expect(Object.keys(stack.standIns)).toEqual(['sentry', 'posthog']);
});

it('nobody asked: the studio tells nobody', async () => {
  const { sentry: _sentry, posthog: _posthog, ...others } = none;
  const { stack, env } = await start({}, others);
  expect(stack.standIns).toEqual({});
  expect([env['SENTRY_DSN'], env['POSTHOG_ENABLED']]).toEqual([undefined, undefined]);
});

it('a real one in the environment is left alone', async () => {
  const { stack, env } = await start({ SENTRY_DSN: 'https://abc@sentry.example.edu/5', POSTHOG_ENABLED: 'false' }, onlyParts('sentry', 'posthog'));
  expect(stack.standIns).toEqual({});
  expect(env).toMatchObject({ SENTRY_DSN: 'https://abc@sentry.example.edu/5', POSTHOG_ENABLED: 'false' });
});
