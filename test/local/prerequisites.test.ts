import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAtLeast, missingPrerequisites } from '#local/tools/prerequisites.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocw-prerequisites-'));
  symlinkSync('/bin/sh', join(folder, 'sh'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program on the fake PATH that prints a text, and fails for arguments that hold `failsFor`. */
function program(name: string, prints: string, failsFor = '\u0001'): void {
  writeFileSync(join(folder, name), `#!/bin/sh\ncase "$*" in *${failsFor}*) exit 1;; esac\necho "${prints}"\n`);
  chmodSync(join(folder, name), 0o755);
}

const needsAll = { python: true, go: true };
const env = (): NodeJS.ProcessEnv => ({ PATH: folder });

describe('prerequisites', () => {
  it('names everything that is missing at once, a sentence each', async () => {
    const faults = await missingPrerequisites(env(), needsAll, '18.20.0');
    expect(faults).toEqual([
      'Node.js 20.19 or newer is needed, this is 18.20.0: install it from https://nodejs.org or with your version manager.',
      'git 2.38 or newer is needed and was not found: install it with your package manager (Debian: apt-get install git).',
      'npm is needed and was not found: it comes with Node.js from https://nodejs.org.',
      'Python 3.9 or newer with pip is needed and was not found: install it with your package manager (Debian: apt-get install python3 python3-pip).',
      'Go 1.25 or newer is needed (it builds the local S3 server) and was not found: install it from https://go.dev/dl/.',
    ]);
  });

  it('says which version is there when it is too old', async () => {
    program('git', 'git version 2.25.1');
    program('npm', '10.0.0');
    program('python3', 'Python 3.8.10');
    program('go', 'go version go1.19.8 linux/amd64');
    const faults = await missingPrerequisites(env(), needsAll, '20.19.0');
    expect(faults).toHaveLength(3);
    expect(faults[0]).toContain('this is 2.25.1');
    expect(faults[1]).toContain('this is 3.8.10');
    expect(faults[2]).toContain('this is 1.19.8');
  });

  it('tells a Python without pip from no Python', async () => {
    program('git', 'git version 2.39.5');
    program('npm', '10.0.0');
    program('python3', 'Python 3.11.2', 'pip');
    program('go', 'go version go1.26.8 linux/amd64');
    const faults = await missingPrerequisites(env(), needsAll, '22.0.0');
    expect(faults).toEqual(['Python 3.11.2 is here, but its pip is missing: install it with your package manager (Debian: apt-get install python3-pip).']);
  });

  it('asks for neither Python nor Go where the tools they bring are there', async () => {
    program('git', 'git version 2.38.0');
    program('npm', '10.0.0');
    expect(await missingPrerequisites(env(), { python: false, go: false }, '24.1.0')).toEqual([]);
  });

  it('compares versions by number', () => {
    expect(isAtLeast('20.9.0', '20.19')).toBe(false);
    expect(isAtLeast('20.19.0', '20.19')).toBe(true);
    expect(isAtLeast('3.10', '3.9')).toBe(true);
    expect(isAtLeast('2', '2.38')).toBe(false);
  });
});
