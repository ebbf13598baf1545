import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHugo, type HugoBuild, HugoError } from '#clients/hugo.ts';

const folder = mkdtempSync(join(tmpdir(), 'hugo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const hugo = (hugoBin = process.env['HUGO_BIN'] ?? '', hugoTimeoutSeconds = 60) => createHugo({ hugoBin, hugoTimeoutSeconds });
const build = (site: string, more: Partial<HugoBuild> = {}): HugoBuild => ({ workDir: join(folder, site), themesDir: join(folder, 'themes'), configFile: join(folder, 'config.yaml'), baseUrl: '/courses/x', destination: join(folder, 'out', site), cacheDir: join(folder, 'cache', site), compiledDir: join(folder, 'compiled'), buildDrafts: false, env: {}, ...more });
const errorOf = async (work: Promise<unknown>): Promise<HugoError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof HugoError) return error;
  throw error;
};

beforeAll(() => {
  if ((process.env['HUGO_BIN'] ?? '') === '') throw new Error('HUGO_BIN must name Hugo; `npm test -- <file>` fetches it and sets the variable.');
  write('config.yaml', 'title: T\ntheme: [base]\ndisableKinds: [taxonomy, term, RSS, sitemap]\nsecurity: {funcs: {getenv: [".*"]}}\n');
  write('themes/base/layouts/_default/single.html', '{{ .RelPermalink }} {{ getenv "GIVEN" }}{{ getenv "DATABASE_URL" }}|{{ .Content }}');
  write('themes/base/layouts/_default/list.html', '{{ .RelPermalink }}');
  write('themes/base/layouts/shortcodes/breaks.html', '{{ errorf "it broke" }}');
  write('themes/base/layouts/shortcodes/math.html', '{{ transform.ToMath "x^2" }}');
  write('math/content/a.md', '---\ntitle: A\n---\n{{< math >}}\n');
  write('fine/content/a.md', '---\ntitle: A\n---\nText\n');
  write('fine/content/draft.md', '---\ntitle: D\ndraft: true\n---\nText\n');
  write('broken/content/a.md', '---\ntitle: A\n---\nText\n');
  write('broken/content/b.md', '---\ntitle: B\n---\n{{< breaks >}}\n');
});

describe('Hugo', () => {
  it('says its version', async () => {
    expect((await hugo().binaryOf(null)).version).toMatch(/^0\.\d+\.\d+$/);
  });

  it('builds with the base address and the environment it is given, and with nothing else', async () => {
    await hugo().build(build('fine', { env: { GIVEN: 'given' } }));
    expect(readFileSync(join(folder, 'out/fine/a/index.html'), 'utf8')).toContain('/courses/x/a/ given|');
    expect(existsSync(join(folder, 'out/fine/draft'))).toBe(false);
    expect(existsSync(join(folder, 'fine/.hugo_build.lock'))).toBe(false);
  });

  it('builds drafts where it is asked to', async () => {
    await hugo().build(build('fine', { buildDrafts: true, destination: join(folder, 'out/drafts') }));
    expect(existsSync(join(folder, 'out/drafts/draft/index.html'))).toBe(true);
  });

  it('compiles its KaTeX once for all builds, also for those that begin together', async () => {
    const compiled = () => readdirSync(join(folder, 'compiled'), { recursive: true, encoding: 'utf8' }).map((name) => ({ name, at: statSync(join(folder, 'compiled', name)).mtimeMs })).sort((a, b) => a.name.localeCompare(b.name));
    const mathIn = async (out: string): Promise<string> => {
      await hugo().build(build('math', { destination: join(folder, 'out', out), cacheDir: join(folder, 'cache', out) }));
      return readFileSync(join(folder, 'out', out, 'a/index.html'), 'utf8');
    };
    const [first, second] = await Promise.all([mathIn('math1'), mathIn('math2')]);
    expect(first).toContain('<math');
    expect(second).toBe(first);
    const made = compiled();
    expect(made.length).toBeGreaterThan(1);
    expect(await mathIn('math3')).toBe(first);
    expect(compiled()).toEqual(made);
  });

  it('that logged errors has failed, although it wrote files', async () => {
    const error = await errorOf(hugo().build(build('broken')));
    expect(error.kind).toBe('failed');
    expect(error.output).toContain('ERROR it broke');
    expect(existsSync(join(folder, 'out/broken/a/index.html'))).toBe(true);
  });

  it('that is not there is missing', async () => {
    expect(await errorOf(hugo(join(folder, 'none')).binaryOf(null))).toMatchObject({ kind: 'missing' });
    expect(await errorOf(hugo(join(folder, 'config.yaml')).build(build('fine')))).toMatchObject({ kind: 'missing' });
  });

  it('of another version is the binary that is named for it, and no other', async () => {
    write('bin/older', '#!/bin/sh\necho "hugo v0.142.0-abc+extended linux/amd64"\n');
    chmodSync(join(folder, 'bin/older'), 0o755);
    const own = process.env['HUGO_BIN'] ?? '';
    const several = createHugo({ hugoBin: own, hugoBins: { '0.142.0': join(folder, 'bin/older'), '0.99.0': join(folder, 'bin/older') }, hugoTimeoutSeconds: 60 });
    const { version } = await several.binaryOf(null);
    expect(await several.binaryOf('0.142.0')).toEqual({ path: join(folder, 'bin/older'), version: '0.142.0' });
    expect(await several.binaryOf(version)).toEqual({ path: own, version });
    expect(await errorOf(several.binaryOf('0.140.0'))).toMatchObject({ kind: 'missing', output: `there is no binary of Hugo 0.140.0: ${own} is ${version}` });
    expect(await errorOf(several.binaryOf('0.99.0'))).toMatchObject({ kind: 'missing', output: `${join(folder, 'bin/older')} is Hugo 0.142.0, not 0.99.0` });
    // A binary that is replaced while the worker runs says its version anew.
    write('bin/older', '#!/bin/sh\necho "hugo v0.99.0-abc+extended linux/amd64 newer"\n');
    expect(await several.binaryOf('0.99.0')).toMatchObject({ version: '0.99.0' });
    expect(await errorOf(several.build(build('fine', { binary: { path: join(folder, 'none'), version: '1.0.0' } })))).toMatchObject({ kind: 'missing' });
  });

  it.each([
    ['lasts too long', 'exec sleep 300', 'timedOut'],
    ['has no space left', 'echo "Error: write x: no space left on device" >&2; exit 1', 'diskFull'],
  ] as const)('that %s says so', async (name, script, kind) => {
    const path = `bin/${name.replaceAll(' ', '-')}`;
    write(path, `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, path), 0o755);
    expect(await errorOf(hugo(join(folder, path), 1).build(build('fine', { env: { PATH: '/usr/bin:/bin' } })))).toMatchObject({ kind });
  });
});
