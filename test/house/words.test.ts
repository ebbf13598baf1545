import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectNone } from './support/expectNone.ts';
import { earlyWords, groupCount, isSentence, straySentences } from './support/wordRules.ts';

describe('the catalogue of what the studio says', () => {
  test('has every sentence of the web app', { timeout: 120_000 }, () => {
    expectNone(straySentences());
    expect(groupCount()).toBeGreaterThan(100);
  });

  test('brings no words of later pages with the first load', { timeout: 120_000 }, () => {
    expectNone(earlyWords());
  });
});

// A rule that finds nothing may be blind.
describe('a house in which somebody speaks past the catalogue', () => {
  function inHouse(files: Readonly<Record<string, string>>, look: (at: string) => string[]): string[] {
    const house = mkdtempSync(join(tmpdir(), 'ocw-studio-words-'));
    try {
      execFileSync('git', ['init', '-q'], { cwd: house });
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(house, path)), { recursive: true });
        writeFileSync(join(house, path), text);
      }
      return look(house);
    } finally {
      rmSync(house, { recursive: true, force: true });
    }
  }

  test('in the text of a component, and in what is heard of it', () => {
    const component = '<script lang="ts">\n  let { many }: { many: boolean } = $props();\n</script>\n\n<p class="soft text">gone</p>\n<input aria-label="site" class="a b" />\n<Empty title="Nothing here" />\n<code>npm start</code>\n<p>{many ? `There are ${1} of them` : \'\'}</p>\n';
    expect(inHouse({ 'web/src/ui/Plain.svelte': component }, straySentences)).toEqual([
      expect.stringContaining('web/src/ui/Plain.svelte:5 says ‘gone’'),
      expect.stringContaining('web/src/ui/Plain.svelte:6 says ‘site’'),
      expect.stringContaining('web/src/ui/Plain.svelte:7 says ‘Nothing here’'),
      expect.stringContaining('web/src/ui/Plain.svelte:9 says ‘There are … of them’'),
    ]);
  });

  test('in a script and in a module', () => {
    const component = "<script lang=\"ts\">\n  const said = 'It is saved now.';\n  const key = 'saved';\n</script>\n";
    const module = "export const rows = [{ key: 'a b', label: 'Last change' }];\nexport const read = () => call('GET /api/v1/sites');\n";
    expect(inHouse({ 'web/src/ui/Said.svelte': component, 'web/src/lib/rows.ts': module, 'web/src/words/common.ts': "export const common = { saved: 'It is saved now.' };\n" }, straySentences)).toEqual([
      expect.stringContaining('web/src/lib/rows.ts:1 says ‘Last change’'),
      expect.stringContaining('web/src/ui/Said.svelte:2 says ‘It is saved now.’'),
    ]);
  });

  test('in a module that comes too early', () => {
    const house = {
      'web/src/main.ts': "import { first as words } from './words/start.ts';\nimport { later } from './words/late.ts';\nvoid import('./pages/Late.ts');\n",
      'web/src/pages/Late.ts': "import { last as words } from '../words/start.ts';\n",
      'web/src/words/start.ts': "export const first = { a: 'A' };\n\nexport const last = { b: 'B' };\n",
      'web/src/words/late.ts': "export const later = { c: 'C' };\n",
    };
    expect(inHouse(house, earlyWords)).toEqual([expect.stringContaining('web/src/words/start.ts is part of the first load, and last of it')]);
  });

  test.each(['Try again …', 'Gone from the site at once.', '(no longer an option)', '‘It’', 'goes on'])('%s is a sentence', (text) => {
    expect(isSentence(text)).toBe(true);
  });

  test.each(['draft', 'GET /api/v1/sites', 'M8 3v10M3 8h10', '10rem 12rem', 'md-chip md-missing', 'main [data-row]', 'noopener noreferrer', 'Escape', '', '§ 5'])('%s is none', (text) => {
    expect(isSentence(text)).toBe(false);
  });
});
