import { expect, it } from 'vitest';
import { contentTypeOf } from '#domain/contentType.ts';

it.each([
  ['index.html', 'text/html; charset=utf-8'],
  ['a/b.CSS', 'text/css; charset=utf-8'],
  ['a.js', 'text/javascript; charset=utf-8'],
  ['a.mjs', 'text/javascript; charset=utf-8'],
  ['data.json', 'application/json; charset=utf-8'],
  ['sitemap.xml', 'application/xml; charset=utf-8'],
  ['site.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['a.svg', 'image/svg+xml; charset=utf-8'],
  ['a.vtt', 'text/vtt; charset=utf-8'],
  ['robots.txt', 'text/plain; charset=utf-8'],
  ['a.pdf', 'application/pdf'],
  ['a.woff2', 'font/woff2'],
  ['a.mp4', 'video/mp4'],
  ['a.m', 'application/octet-stream'],
  ['a.unknown', 'application/octet-stream'],
  ['noextension', 'application/octet-stream'],
  ['', 'application/octet-stream'],
])('%s is served as %s', (path, type) => {
  expect(contentTypeOf(path)).toBe(type);
});
