import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packages that a process of its own loads once it opens both ways with these settings, as its loader is asked for them. */
function loadedWith(settings: Readonly<Record<string, unknown>>): string[] {
  const hook = `export async function resolve(specifier, context, next) { if (/^(?:@sentry.|posthog-node)/.test(specifier)) process._rawDebug('loads ' + specifier); return next(specifier, context); }`;
  const script = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    const { openErrorReports } = await import('#clients/sentry.ts');
    const { openAnalytics } = await import('#clients/posthog.ts');
    const settings = { sentrySampleRate: 1, studioEnvironment: 'rc', posthogEnabled: false, posthogApiUrl: 'http://127.0.0.1:9', posthogFlagTimeoutMs: 500, posthogMaxRetries: 0, ...JSON.parse(process.argv[1]) };
    await openErrorReports(settings, { part: 'api', release: '1', onFault: () => undefined });
    await openAnalytics(settings, { onFault: () => undefined });
    process.exit(0);`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, JSON.stringify(settings)], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return [...new Set([...stderr.matchAll(/^loads (\S+)$/gm)].map(([, name = '']) => name))].filter((name) => ['@sentry/node', 'posthog-node'].includes(name)).sort();
}

it('nothing of Sentry or PostHog is loaded where they are off, and each where it is on', () => {
  expect(loadedWith({})).toEqual([]);
  expect(loadedWith({ sentryDsn: 'http://key@127.0.0.1:9/7' })).toEqual(['@sentry/node']);
  expect(loadedWith({ posthogEnabled: true, posthogProjectApiKey: 'phc_project' })).toEqual(['posthog-node']);
});
