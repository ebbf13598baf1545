import { describe, expect, it } from 'vitest';
import { splitFrontMatter } from '#domain/frontMatter.ts';
import { seeded } from '#test/support/seeded.ts';

describe('front matter', () => {
  it('ends at the second line of dashes, so that a body may have lines of its own', () => {
    expect(splitFrontMatter('---\na: 1\n---\nbody\n---\nmore\n')).toEqual({ open: '---\n', yaml: 'a: 1\n', close: '---\n', body: 'body\n---\nmore\n' });
  });

  it.each([
    ['nothing after it', '---\na: 1\n---', { open: '---\n', yaml: 'a: 1\n', close: '---', body: '' }],
    ['nothing in it', '---\n---\nbody', { open: '---\n', yaml: '', close: '---\n', body: 'body' }],
    ['line ends of Windows', '---\r\na: 1\r\n---\r\nbody\r\n', { open: '---\r\n', yaml: 'a: 1\r\n', close: '---\r\n', body: 'body\r\n' }],
    ['a byte order mark', '\uFEFF---\na: 1\n---\nbody', { open: '\uFEFF---\n', close: '---\n', yaml: 'a: 1\n', body: 'body' }],
    ['spaces after the dashes', '--- \na: 1\n---\t\nbody', { open: '--- \n', close: '---\t\n', yaml: 'a: 1\n', body: 'body' }],
    ['more dashes inside', '---\na: ----\n----\nb: "---"\n---\nbody', { open: '---\n', yaml: 'a: ----\n----\nb: "---"\n', close: '---\n', body: 'body' }],
    ['line separators that only JavaScript takes for line breaks', '---\na: "x\u2028---\u2028"\n---\nbody', { open: '---\n', yaml: 'a: "x\u2028---\u2028"\n', close: '---\n', body: 'body' }],
  ])('is found with %s', (_name, text, parts) => {
    expect(splitFrontMatter(text)).toEqual(parts);
  });

  it.each(['', 'body', '\n---\na: 1\n---\n', '---\na: 1\n', '----\na: 1\n----\n', ' ---\na: 1\n---\n'])('is not seen in %j', (text) => {
    expect(splitFrontMatter(text)).toBeNull();
  });

  it('is taken apart without a rest', () => {
    const random = seeded(3);
    for (let count = 0; count < 500; count += 1) {
      const yaml = random.some(4, () => `${random.pick(['a', 'title', 'x-y'])}: ${random.pick(['1', '---x', 'text', "''"])}\n`).join('');
      const body = random.some(6, () => random.pick(['---\n', 'text\n', '\n', ' ', '---', '\r\n'])).join('');
      expect(splitFrontMatter(`---\n${yaml}---\n${body}`)).toEqual({ open: '---\n', yaml, close: '---\n', body });
    }
  });
});
