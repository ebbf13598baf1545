import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { doMainJob, mainJobSteps } from '#local/stack/mainJob.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocw-main-job-'));
  mkdirSync(join(folder, 'cli'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A command line that notes its calls and fails for those that begin with one of these. */
function fakeCommandLine(failing: readonly string[]): void {
  writeFileSync(
    join(folder, 'cli', 'main.ts'),
    `import { appendFileSync } from 'node:fs';
     const call = process.argv.slice(2).join(' ');
     appendFileSync(${JSON.stringify(join(folder, 'calls'))}, call + '\\n');
     if (${JSON.stringify(failing)}.some((start) => call.startsWith(start))) { console.error('No such thing.'); process.exit(1); }`,
  );
}

function calls(): string[] {
  const path = join(folder, 'calls');
  const made = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  rmSync(path, { force: true });
  return made;
}

const context = () => ({ root: folder, home: folder, env: process.env, log: () => undefined });

describe('the main job of a first start', () => {
  it('goes on where it failed, leaves alone what is there, and is done once', async () => {
    fakeCommandLine(['status sample-course', 'import ocw-www', 'publish sample-course --version draft']);
    await expect(doMainJob(context())).rejects.toThrow('Publishing sample-course (draft) failed: No such thing.');
    // The root site is there already (its status is answered), so it is not imported.
    expect(calls().map((call) => call.split(' ').slice(0, 4).join(' '))).toEqual([
      'starters sync --wait --json',
      'status ocw-www --json',
      'publish ocw-www --version live',
      'publish ocw-www --version draft',
      'status sample-course --json',
      `import ${join(folder, 'local', 'sample', 'content', 'sample-course')} --starter ocw-course-v2`,
      'publish sample-course --version draft',
    ]);

    fakeCommandLine([]);
    expect(await doMainJob(context())).toEqual({ firstTime: true });
    expect(calls()).toEqual([
      'publish sample-course --version draft --wait --json',
      'publish sample-course --version live --wait --json',
      'publish ocw-www --version live --wait --json',
      'publish ocw-www --version draft --wait --json',
      'admin grant ada@example.edu global_admin',
      'admin grant gus@example.edu global_author',
      'admin grant olga@example.edu owner --site sample-course',
      'admin grant ed@example.edu editor --site sample-course',
    ]);

    expect(await doMainJob(context())).toEqual({ firstTime: false });
    expect(calls()).toEqual([]);
  });

  it('puts a clip into Google Drive, where that runs, before it is brought over', async () => {
    fakeCommandLine([]);
    const sample = join(folder, 'local', 'sample', 'media', 'sample-course');
    mkdirSync(sample, { recursive: true });
    writeFileSync(join(sample, 'weight-crosses-a-beam.mp4'), 'moving');
    const heard: { path: string; body: unknown; callsBefore: number }[] = [];
    const drive = createServer((request, response) => {
      void json(request).then((body) => {
        heard.push({ path: request.url ?? '', body, callsBefore: calls().filter((call) => call.startsWith('drive')).length });
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => drive.listen(0, '127.0.0.1', resolve));
    try {
      await doMainJob({ ...context(), driveUrl: `http://127.0.0.1:${(drive.address() as AddressInfo).port}` });
    } finally {
      drive.close();
    }
    expect(heard).toEqual([{ path: '/_person', body: { do: 'put', path: '/sample-course/videos_final/beam-experiment.mp4', mimeType: 'video/mp4', base64: Buffer.from('moving').toString('base64') }, callsBefore: 0 }]);
    expect(calls()).toEqual(['drive sync sample-course --wait --json']);
  });

  it('publishes the root site before the course that reads from it, and again after the course its home page shows', () => {
    const ids = mainJobSteps('/').map((step) => step.id);
    expect(ids.indexOf('publish ocw-www live')).toBeLessThan(ids.indexOf('import sample-course'));
    expect(ids.indexOf('publish ocw-www live again')).toBeGreaterThan(ids.indexOf('publish sample-course live'));
    expect(ids.indexOf('publish ocw-www draft again')).toBeGreaterThan(ids.indexOf('publish sample-course draft'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('imports each sample site from a folder that is there, with its uploaded files', () => {
    const imports = mainJobSteps(ROOT).filter((step) => step.args[0] === 'import');
    expect(imports).toHaveLength(2);
    for (const { args } of imports) {
      const folders = [args[1], args[args.indexOf('--media') + 1]];
      expect(folders).toEqual(['content', 'media'].map((kind) => join(ROOT, 'local', 'sample', kind, args[args.indexOf('--name') + 1] ?? '')));
      for (const folder of folders) expect(existsSync(folder ?? '')).toBe(true);
    }
  });
});
