import { describe, expect, test } from 'vitest';
import { pageText } from '#domain/pageText.ts';

describe('the text of a page', () => {
  test('is its title and one line for each block', () => {
    const html = '<!doctype html><html><head><meta charset="utf-8"><title>Bridges &amp; Beams</title><style>p { color: red }</style></head><body><h1>Bridges</h1><p>A <b>beam</b> bridge\n  carries <a href="/x">loads</a>.</p><ul><li>one<li>two</ul></body></html>';
    expect(pageText(html)).toEqual({ title: 'Bridges & Beams', lines: ['Bridges', 'A beam bridge carries loads.', 'one', 'two'] });
  });

  test('leaves out what nobody reads', () => {
    const html = '<body><script>if (a < b) document.write("<p>no</p>")</script><p>yes</p><!-- <p>no</p> --><svg><title>no</title></svg><noscript>no</noscript><template><p>no</p></template><textarea>no</textarea>end';
    expect(pageText(html)).toEqual({ title: null, lines: ['yes', 'end'] });
  });

  test('reads a page without the tags that may be left out', () => {
    expect(pageText('<title>T</title><meta name=x content=y><h1>Heading<p>One<p>Two<br>Three')).toEqual({ title: 'T', lines: ['Heading', 'One', 'Two', 'Three'] });
  });

  test('says what an image stands for', () => {
    expect(pageText('<p>See <img src="a.png" alt="an arch &gt; a beam"> here<img alt=\'\' src=b><img src=c></p>').lines).toEqual(['See [an arch > a beam] here']);
  });

  test('decodes entities, and leaves alone what is none', () => {
    expect(pageText('&lt;p&gt; &#8217;&#x2014;&nbsp;&Eacute;&hellip; &unknown; &#0; &#xD800; R&D').lines).toEqual(['<p> ’— É… &unknown; &#0; &#xD800; R&D'.replace('É', 'é')]);
  });

  test.each([
    ['a comparison', 'a < b and c > d', ['a < b and c > d']],
    ['a > within a value', '<p title="a > b">text</p>', ['text']],
    ['an apostrophe within a broken tag', "<p class=a'>don't stop</p>", ["don't stop"]],
    ['a tag that never ends', 'text<p class="', ['text']],
    ['a comment that never ends', 'text<!-- more', ['text']],
    ['a script that never ends', 'text<script>more', ['text']],
    ['no HTML', 'plain text', ['plain text']],
    ['nothing', '', []],
  ])('of %s', (_what, html, lines) => {
    expect(pageText(html).lines).toEqual(lines);
  });

  test('of a large page is read in one go', () => {
    const html = '<script>x</script><p>'.repeat(50_000) + '<'.repeat(50_000);
    expect(pageText(html).lines).toHaveLength(1);
  });
});
