import { expect, test } from 'vitest';
import { browserWords, tokenSentence } from '../../web/src/words/peopleWords.ts';

test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15', 'Safari on macOS'],
  ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1', 'Safari on iPhone'],
  ['Firefox/128.0', 'Firefox'],
  ['curl/8.5.0', 'curl/8.5.0'],
  [null, 'Unknown browser'],
])('%j is called %s', (userAgent, words) => {
  expect(browserWords(userAgent)).toBe(words);
});

test('what a token may is a sentence', () => {
  expect(tokenSentence({ scopes: ['read'], roles: [], sites: ['algebra', 'topology'] })).toBe('It may read sites, what they hold and their runs, only for algebra, topology.');
  expect(tokenSentence({ scopes: ['import', 'publish'], roles: [], sites: null })).toBe('It may read, and bring sites and content in; read, and publish to Staging and Production, for every site.');
  expect(tokenSentence({ scopes: ['read'], roles: [], sites: [] })).toContain('for no site any more');
  expect(tokenSentence({ scopes: null, roles: ['global_admin'], sites: null })).toBe('It may do what a global admin may, for every site.');
});
