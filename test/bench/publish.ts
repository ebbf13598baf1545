import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { directBuild } from '#test/support/directBuild.ts';
import type { Run, Studio } from '#test/support/studio.ts';
import { inWindow } from './inWindow.ts';
import { median, type Row, seconds } from './table.ts';

/** Publishes one site and compares with what nobody can beat: Hugo by itself, and the same bytes copied by S3 alone. */
export async function benchPublish(studio: Studio, name: string): Promise<{ rows: Row[]; files: Map<string, Buffer> }> {
  const site = await studio.call('GET /api/v1/sites/:site', { params: { site: name } });
  const built = { shortId: site.shortId, urlPath: site.urlPath, starter: 'ocw-course-v2' };

  const first = await passOf(studio, name);
  let files = new Map<string, Buffer>();
  const hugo: number[] = [];
  for (let round = 0; round < 3; round += 1) hugo.push(await seconds(async () => void (files = await directBuild(studio, built, 'live'))));
  const second = await passOf(studio, name);

  const bucket = studio.stack.buckets.publish;
  const keys = [...files.keys()];
  const copying = await seconds(() =>
    inWindow(keys, 24, async (path) => {
      await studio.s3.send(new CopyObjectCommand({ Bucket: studio.stack.buckets.test, Key: `bench/${path}`, CopySource: encodeURI(`${bucket}/${site.urlPath ?? ''}/${path}`) }));
    }),
  );
  const bytes = [...files.values()].reduce((sum, body) => sum + body.length, 0);
  const size = `${files.size.toLocaleString('en-US')} files, ${(bytes / 1e6).toFixed(0)} MB`;
  return {
    files,
    rows: [
      { what: `first live publish of ${name}`, ours: first.total, peer: 'clone and Hugo by hand', theirs: median(hugo), note: size },
      { what: '… its build phase (checkout, Hugo, storing)', ours: first.of('build'), peer: 'clone and Hugo by hand', theirs: median(hugo) },
      { what: '… its deploy phase', ours: first.of('deploy'), peer: 'the same objects copied, 24 at once', theirs: copying },
      { what: 'second publish, nothing changed', ours: second.total, peer: 'clone and Hugo by hand', theirs: median(hugo), note: `${JSON.stringify(second.run.result?.['changed'])} file written` },
      { what: '… everything but its build', ours: second.total - second.of('build'), peer: 'its build', theirs: second.of('build') },
    ],
  };
}

async function passOf(studio: Studio, name: string): Promise<{ run: Run; total: number; of: (phase: string) => number }> {
  const run = await studio.untilRun((await studio.publish(name, 'live')).id, (seen) => seen.state !== 'running', 600_000);
  if (run.state !== 'succeeded') throw new Error(`The publish of ${name} ended as ${run.state}: ${run.reason?.message ?? ''}`);
  const between = (from: string | null, to: string | null): number => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1_000;
  return {
    run,
    total: between(run.startedAt, run.endedAt),
    of: (phase) => {
      const found = run.phases.find(({ id }) => id === phase);
      return between(found?.startedAt ?? null, found?.endedAt ?? null);
    },
  };
}
