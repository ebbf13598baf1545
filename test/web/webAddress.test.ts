import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { webAddress } from '../../web/src/lib/webAddress.ts';
import { xssCorpus } from '../support/xssCorpus.ts';

const sources = fileURLToPath(new URL('../../web/src/', import.meta.url));

describe('where a link of the studio may lead', () => {
  test.each(['https://example.org/a?b#c', 'http://example.org', '//example.org/x', '/api/v1/sites/x', 'pages/x', '?a=1', '#x'])('to %s', (address) => {
    expect(webAddress(address)).toBe(address);
  });

  test('to nothing where there is no address, and none that would run something', () => {
    const bad = ['javascript:x', ' javascript:x', '\u0001javascript:x', 'java\tscript:x', 'java\nscript:x', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'view-source:javascript:x', 'feed:javascript:x', 'blob:https://example.org/x', 'https://', 'http://[x', null, undefined];
    expect(bad.filter((address) => webAddress(address) !== undefined)).toEqual([]);
    // Whatever is written: what comes through leads to the web.
    for (const { text } of xssCorpus) {
      const address = webAddress(text);
      if (address !== undefined) expect(new URL(address, 'https://studio.invalid/').protocol).toMatch(/^https?:$/);
    }
  });

  test('is said for each link whose address is not made here', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.svelte'));
    expect(files.length).toBeGreaterThan(50);
    /** Addresses that the studio makes itself: of its own pages, of its own API, or of where the preview was opened. */
    const made = /^(?:(?:line\.runId === null \? )?pathTo\(|linkTo\(|itemPath\(|reportOf\(|webAddress\(|place\.href$|CONSENT_ADDRESS$|list$|address$|newPath$|exportAddress$|place \?\? home$|linkPath$)/;
    const others = files.flatMap((file) => Array.from(readFileSync(join(sources, file), 'utf8').matchAll(/\b(?:href|action|formaction)=\{(.+?)\}(?=[\s/>])/gs), (match) => `${file}: ${match[1] ?? ''}`)).filter((line) => !made.test(line.slice(line.indexOf(': ') + 2)));
    expect(others).toEqual([]);
  });
});
