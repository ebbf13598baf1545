import { expect, it } from 'vitest';
import { assetPath, isThemeAssetPath, missingAssets, readThemeManifest, themeManifestKey } from '#domain/themeAssets.ts';

it.each([
  ['/static_shared/js/www.1a2b3.js', 'static_shared/js/www.1a2b3.js'],
  ['/static_shared/fonts/a.woff2?v=1#iefix', 'static_shared/fonts/a.woff2'],
])('%s stands at %s', (value, path) => {
  expect(assetPath(value)).toBe(path);
});

it.each([
  ['static_shared/js/a.js', true],
  ['static/hash.txt', true],
  ['favicon.ico', true],
  ['courses/a/index.html', false],
  ['index.html', false],
  ['static_sharedx/a.js', false],
])('%s is a place of the themes: %s', (path, is) => {
  expect(isThemeAssetPath(path)).toBe(is);
});

it.each([
  ['{', 'no JSON'],
  ['[]', 'no map'],
  ['null', 'no map'],
  ['{}', 'names nothing'],
  ['{"a.js": 3}', '‘a.js’ has no path'],
  ['{"a.js": "static/a.js"}', '‘a.js’ has no path'],
])('the manifest %s is refused', (text, why) => {
  expect(() => readThemeManifest(text)).toThrow(why);
});

it('names what the manifest promises and nobody built', () => {
  const manifest = readThemeManifest('{"a.js": "/static_shared/a.1.js?x", "b.css": "/static_shared/b.2.css"}');
  expect(missingAssets(manifest, new Set(['static_shared/a.1.js']))).toEqual(['b.css']);
  expect(themeManifestKey('release')).toBe('ocw-hugo-themes/release/webpack.json');
});
