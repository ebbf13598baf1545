import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHugo, type HugoBuild } from '#clients/hugo.ts';
import { createHugoWatch } from '#domain/hugoWatch.ts';
import { ROOT } from '#local/setup.mjs';
import { isAlive } from '#test/support/isAlive.ts';
import { pidIn } from '#test/support/pidIn.ts';
import { until } from '#test/support/until.ts';

/** Below the range that the kernel hands out. */
const PORT = 9_000 + (process.pid % 500) * 2;
const folder = mkdtempSync(join(tmpdir(), 'hugo-watch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const build = (name: string): Omit<HugoBuild, 'destination'> => ({ workDir: join(folder, 'site'), themesDir: join(folder, 'themes'), configFile: join(folder, 'config.yaml'), baseUrl: 'http://preview.invalid/x/', cacheDir: join(folder, 'cache', name), compiledDir: join(folder, 'compiled'), buildDrafts: false, env: {} });

beforeAll(() => {
  write('config.yaml', 'title: T\ntheme: [base]\ndisableKinds: [taxonomy, term, RSS, sitemap]\n');
  write('themes/base/layouts/_default/single.html', '{{ .Content }}');
  write('themes/base/layouts/_default/list.html', 'list');
  write('site/content/a.md', '---\ntitle: A\n---\nFirst\n');
});

describe('a Hugo that stays', () => {
  it('says when it has built what changed, keeps what was built when it cannot, and ends when it is told to', async () => {
    const events: string[] = [];
    let pid = 0;
    const end = new AbortController();
    const watch = createHugoWatch((event) => events.push(event.kind === 'built' && event.output.includes('ERROR') ? 'failed' : event.kind));
    const running = createHugo({ hugoBin: process.env['HUGO_BIN'] ?? '', hugoTimeoutSeconds: 60 }).watch({ ...build('one'), abortSignal: end.signal }, { port: PORT, cacheMb: 256, begun: (of) => (pid = of), said: (text) => watch.take(text) });
    await until('it watches', async () => Promise.resolve(events.includes('watching')));
    const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${PORT}/x/a/`)).text();
    expect(await page()).toContain('First');
    events.length = 0;
    write('site/content/a.md', '---\ntitle: A\n---\nSecond\n');
    await until('it has built the change', async () => Promise.resolve(events.includes('built')));
    expect([events, (await page()).includes('Second')]).toEqual([['building', 'built'], true]);
    events.length = 0;
    write('site/content/a.md', '---\ntitle: A\n---\n{{< nothing >}}\n');
    await until('it could not build the change', async () => Promise.resolve(events.includes('failed')));
    expect(await page()).toContain('Second');
    expect(isAlive(pid)).toBe(true);
    end.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await until('it is gone', async () => Promise.resolve(!isAlive(pid)));
  });

  it('ends with a worker that is killed', async () => {
    write('site/content/a.md', '---\ntitle: A\n---\nFirst\n');
    const file = join(folder, 'pid');
    const source = `import { writeFileSync } from 'node:fs';
import { createHugo } from '#clients/hugo.ts';
const hugo = createHugo({ hugoBin: ${JSON.stringify(process.env['HUGO_BIN'] ?? '')}, hugoTimeoutSeconds: 60 });
let pid = 0;
await hugo.watch(${JSON.stringify(build('two'))}, { port: ${PORT + 1}, cacheMb: 256, begun: (of) => (pid = of), said: (text) => text.includes('Press Ctrl+C') && writeFileSync(${JSON.stringify(file)}, String(pid)) });`;
    const worker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], { cwd: ROOT, stdio: 'inherit', env: { PATH: process.env['PATH'] ?? '' } });
    const pid = await pidIn(file);
    expect(isAlive(pid)).toBe(true);
    worker.kill('SIGKILL');
    await until('Hugo is gone', async () => Promise.resolve(!isAlive(pid)));
  });
});
