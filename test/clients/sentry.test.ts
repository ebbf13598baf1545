import { describe, expect, it } from 'vitest';
import { type ErrorReports, openErrorReports } from '#clients/sentry.ts';
import { makeConfig } from '#test/factories/config.ts';
import { canariesIn, leakyMessage } from '#test/support/canaries.ts';
import { until } from '#test/support/until.ts';
import { useSentry } from '#test/support/useSentry.ts';

const sentry = useSentry();
const faults: unknown[] = [];
const open = (env: Record<string, string> = {}): Promise<ErrorReports> => {
  faults.length = 0;
  return openErrorReports(makeConfig({ SENTRY_DSN: sentry.dsn, OCW_STUDIO_ENVIRONMENT: 'rc', ...env }), { part: 'worker', release: '1.2.3', onFault: (fault) => faults.push(fault) });
};
const tags = { site: 'algebra', workflow_id: 'publish-site/algebra/live', workflow_run_id: '0190', run_id: '0191' };

describe('a fault', () => {
  it('reaches Sentry with release, environment, ids and our id of the person, and with nothing else of them', async () => {
    const errors = await open();
    errors.report(new TypeError(leakyMessage, { cause: Object.assign(new Error(leakyMessage), { code: '23505' }) }), { tags, userId: '0192', group: ['Unexpected', 'buildSite'] });
    expect(await errors.close(2_000)).toBe(true);
    expect(sentry.events).toHaveLength(1);
    const [event] = sentry.events;
    expect(event).toMatchObject({ release: '1.2.3', environment: 'rc', level: 'error', platform: 'node', tags: { ...tags, part: 'worker' }, user: { id: '0192' }, fingerprint: ['Unexpected', 'buildSite'] });
    expect(event?.exception?.values.map(({ type }) => type)).toEqual(['Error', 'TypeError']);
    expect(event?.exception?.values.at(-1)?.stacktrace?.frames.at(-1)?.filename).toBe('app:///test/clients/sentry.test.ts');
    expect(Object.keys(event ?? {}).filter((key) => key !== 'receivedAt').sort()).toEqual(['contexts', 'environment', 'event_id', 'exception', 'fingerprint', 'level', 'platform', 'release', 'sdk', 'tags', 'timestamp', 'user']);
    expect(event?.['sdk']).toMatchObject({ settings: { infer_ip: 'never' } });
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it.each(['a text', undefined, null, 42, { message: leakyMessage }])('that is no error is told all the same (%j)', async (thrown) => {
    const errors = await open();
    errors.report(thrown, { tags });
    await errors.close(2_000);
    expect(sentry.events).toHaveLength(1);
    expect(sentry.events[0]?.exception?.values).toHaveLength(1);
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it('that is one of many alike is told five times a minute, of what is held back the log hears', async () => {
    const errors = await open();
    for (let time = 0; time < 200; time += 1) errors.report(new Error('x'), { tags, group: ['same'] });
    for (let kind = 0; kind < 100; kind += 1) errors.report(new Error('x'), { tags, group: [`kind ${kind}`] });
    await errors.close(2_000);
    // Of those 60 that may pass, as many as may wait at once left in one go.
    expect(sentry.events.filter(({ fingerprint }) => fingerprint?.[0] === 'same')).toHaveLength(5);
    expect(sentry.events.length).toBeLessThanOrEqual(60);
  });

  it('is not told where the share is zero', async () => {
    const errors = await open({ SENTRY_SAMPLE_RATE: '0' });
    errors.report(new Error('x'), { tags });
    await errors.close(2_000);
    expect(sentry.standIn.journal).toEqual([]);
  });
});

describe('a Sentry that is away costs nothing', () => {
  it('where nobody listens: reporting returns at once, and the log hears once', async () => {
    const errors = await open({ SENTRY_DSN: 'http://abc123@127.0.0.1:9/7' });
    for (let kind = 0; kind < 10; kind += 1) errors.report(new Error('x'), { tags, group: [`kind ${kind}`] });
    await until('the log heard of it', async () => faults.length > 0, { withinMs: 10_000 });
    await errors.close(2_000);
    expect(faults).toHaveLength(1);
  });

  it('where it hangs: reporting returns at once, and the end of the process waits no longer than it is given', async () => {
    sentry.standIn.addFault({ fault: 'timeout', times: 0 });
    const errors = await open();
    const before = Date.now();
    for (let kind = 0; kind < 100; kind += 1) errors.report(new Error('x'), { tags, group: [`kind ${kind}`] });
    const reported = Date.now() - before;
    expect(await errors.close(300)).toBe(false);
    expect(reported).toBeLessThan(500);
    expect(Date.now() - before).toBeLessThan(2_000);
    expect(sentry.standIn.journal.length).toBeLessThanOrEqual(32);
    // What Sentry holds on to keeps no process: it is given up.
    await until('it was given up', async () => faults.length === 1, { withinMs: 3_000 });
  });

  it('where it says that it is enough: nothing more is sent', async () => {
    sentry.standIn.addFault({ fault: '429', retryAfterSeconds: 60 });
    const errors = await open();
    errors.report(new Error('x'), { tags, group: ['one'] });
    await until('it answered', async () => faults.length === 1, { withinMs: 10_000 });
    errors.report(new Error('x'), { tags, group: ['two'] });
    await errors.close(2_000);
    expect(faults).toEqual([{ status: 429 }]);
    expect(sentry.standIn.journal).toHaveLength(1);
  });
});
