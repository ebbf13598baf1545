import { describe, expect, test } from 'vitest';
import { runsSomething } from '#domain/markdown/runsSomething.ts';

describe('an address that runs something', () => {
  test.each(['javascript:x', 'JaVaScRiPt:x', '  javascript:x', '\u0001javascript:x', 'java\tscript:x', 'java\r\nscript\n:x', 'java&#9;script:x', '&#106;avascript:x', '&#x6A;avascript:x', 'javascript&colon;x', 'javascript&#58x', 'java&Tab;script&colon;x', 'java&NewLine;script:x', 'javascript\\:x', 'vbscript:x', 'data:text/html,x'])('%j', (address) => {
    expect(runsSomething(address)).toBe(true);
  });

  test.each(['', 'https://example.org/javascript:x', '/pages/javascript:x', '#data:', 'mailto:a@example.org', 'javascript', 'my-data:x', 'https://example.org/?a=1&colon;b', '&#99999999;javascript:x', '{{< baseurl >}}/x', 'javas cript:x'])('is not %j', (address) => {
    expect(runsSomething(address)).toBe(false);
  });
});
