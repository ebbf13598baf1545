import { expect, it } from 'vitest';
import { addressesToVerify } from '#activities/servedPages.ts';
import type { PlannedOutput } from '#activities/storedPlans.ts';
import { makeManifest } from '#test/factories/manifest.ts';

/** An output whose files are all written anew. */
function output(theme: string, files: readonly string[], removedPages: readonly string[] = []): PlannedOutput {
  const manifest = makeManifest(Object.fromEntries(files.map((path) => [path, `${theme} ${path}`])), { theme, prefix: theme === '' ? 'courses/a' : `${theme}/courses/a` });
  return { theme, manifest, manifestKey: theme, isDropped: false, plan: { write: [...files].sort(), assetCount: 0, remove: removedPages, unchanged: 0, writeBytes: 0, removedPages } };
}
const looked = (outputs: readonly PlannedOutput[]): string[] => addressesToVerify(outputs, 'http://live.localhost').map(({ url, sha256 }) => `${url}${sha256 === null ? ' gone' : ''}`);

it('looks at the first page of every theme output, and at a removed page of the own one', () => {
  expect(looked([output('', ['a.html', 'b.html', 'c.html', 'index.html'], ['404.html', 'old/index.html', 'older.html']), output('v3', ['a.html', 'index.html'], ['old/index.html'])])).toEqual([
    'http://live.localhost/courses/a/',
    'http://live.localhost/courses/a/a.html',
    'http://live.localhost/courses/a/b.html',
    'http://live.localhost/courses/a/old/ gone',
    'http://live.localhost/v3/courses/a/',
  ]);
});

it('looks at pages as readers ask for them, and at no asset', () => {
  expect(looked([output('', ['pages/über uns/index.html', 'style.css', 'data.json'])])).toEqual(['http://live.localhost/courses/a/pages/%C3%BCber%20uns/']);
});
