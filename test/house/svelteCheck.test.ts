import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './support/tree.ts';

const settings = join(root, 'web', 'tsconfig.json');

// With some pairs of versions svelte-check finds nothing at all, and says so in green: a seeded error keeps it honest.
test('svelte-check reports a type error in a component', { timeout: 120_000 }, () => {
  expect(existsSync(settings), 'web/tsconfig.json holds the web app’s compiler settings').toBe(true);
  const folder = mkdtempSync(join(root, 'web', '.canary-'));
  try {
    writeFileSync(join(folder, 'Canary.svelte'), '<script lang="ts">\n  const count: number = "no number";\n</script>\n\n<p>{count}</p>\n');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['*.svelte'] }));
    const check = spawnSync(process.execPath, [join(root, 'node_modules/svelte-check/bin/svelte-check'), '--workspace', folder, '--tsconfig', join(folder, 'tsconfig.json'), '--output', 'machine'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(check.stdout).toMatch(/ERROR ".*Canary\.svelte" 2:9 .*not assignable/);
    expect(check.status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
