import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { goldenDefinitions } from './support/goldenDefinitions.ts';

it('Concourse’s own program finds every definition valid', async (context) => {
  const fly = process.env['FLY_BIN'];
  if (fly === undefined || fly === '') return context.skip('FLY_BIN names no `fly`: set it to the program of Concourse that checks definitions');
  const folder = mkdtempSync(join(tmpdir(), 'ocw-fly-'));
  try {
    const refused: string[] = [];
    for (const [name, text] of goldenDefinitions()) {
      const file = join(folder, name);
      writeFileSync(file, JSON.stringify((JSON.parse(text) as { pipeline: unknown }).pipeline));
      await promisify(execFile)(fly, ['validate-pipeline', '--config', file]).catch((error: unknown) => refused.push(`${name}: ${String(error)}`));
    }
    expect(refused).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
