import { describe, expect, it } from 'vitest';
import { markdownLinksIn } from '#domain/markdownLinks.ts';
import { corpusOrSkip, filesBelow } from '#test/support/corpus.ts';

/** Text, address and title of what a text links to; images with an exclamation mark. */
function linksIn(text: string): string[][] {
  return markdownLinksIn(text).map((link) => [`${link.isImage ? '!' : ''}${link.text}`, link.url, ...(link.title === undefined ? [] : [link.title])]);
}

describe('a link', () => {
  it.each<[string, string[][]]>([
    ['[a](/x)', [['a', '/x']]],
    ['see [a](/x), [b](/y).', [['a', '/x'], ['b', '/y']]],
    ['[a]({{< baseurl >}}/pages/x)', [['a', '{{< baseurl >}}/pages/x']]],
    ['![alt]({{< resource_file u "x" >}})', [['!alt', '{{< resource_file u "x" >}}']]],
    ['[![alt](a.jpg)](/x)', [['!alt', 'a.jpg'], ['![alt](a.jpg)', '/x']]],
    ['[a](/x "title")', [['a', '/x', 'title']]],
    ["[a](/x 'it is \\'so\\'')", [['a', '/x', "it is \\'so\\'"]]],
    ['[a](/x (title))', [['a', '/x', 'title']]],
    ['[a](\n  /x\n  "t"\n)', [['a', '/x', 't']]],
    ['[a](<x y>)', [['a', 'x y']]],
    ['[a](http://h/a_(b)/c)', [['a', 'http://h/a_(b)/c']]],
    ['[a](http://h/a_%28b%29)', [['a', 'http://h/a_%28b%29']]],
    ['[a](/x\\)y)', [['a', '/x\\)y']]],
    ['[a](/x"t")', [['a', '/x"t"']]],
    ['[a]()', [['a', '']]],
    ['[](/x)', [['', '/x']]],
    ['[a [b] c](/x)', [['a [b] c', '/x']]],
    ['[a\\] b](/x)', [['a\\] b', '/x']]],
    ['[`]` b](/x)', [['`]` b', '/x']]],
    ['[{{< sup "]" >}} b](/x)', [['{{< sup "]" >}} b', '/x']]],
    ['\\![a](/x)', [['a', '/x']]],
    ['| [a](/x) | {{< td-colspan 2 >}}[b](/y){{< /td-colspan >}} |', [['a', '/x'], ['b', '/y']]],
    ['<td>[a](/x)</td>', [['a', '/x']]],
    ['a < b and [a](/x)', [['a', '/x']]],
    ['[<Back](/x) [\\>On](/y) >', [['<Back', '/x'], ['\\>On', '/y']]],
    ['<b class="x" id=y disabled>[a](/x)</b ><br/>', [['a', '/x']]],
    ['<https://example.edu/[b](c)> [a](/x)', [['a', '/x']]],
    ['<!-- [b](/y)\n\n> --> [a](/x)', [['a', '/x']]],
    ['[א](/ב)', [['א', '/ב']]],
    ['![a [b [c](/x) d] e](/y)', [['c', '/x'], ['!a [b [c](/x) d] e', '/y']]],
    ['    - [a](/x)', [['a', '/x']]],
    ['[a](/x)\r\n\r\n[b](/y)', [['a', '/x'], ['b', '/y']]],
    ['``[a](/x)` [b](/y)', [['a', '/x'], ['b', '/y']]],
    ['\\\\(x_1\\\\) and [a](/x)', [['a', '/x']]],
    ['\\\\ [a](/x) \\x( [b](/y) \\\\)', [['a', '/x'], ['b', '/y']]],
    ['\\\\(x [a](/x)\n\\\\)', [['a', '/x']]],
  ])('in %j is found', (text, links) => {
    expect(linksIn(text)).toEqual(links);
  });

  it.each([
    '[a]',
    '[a] (/x)',
    '[a][b]',
    '\\[a](/x)',
    '[a\\](/x)',
    '`[a](/x)`',
    '``a ` [a](/x) ` b``',
    '```\n[a](/x)\n```',
    '~~~ md\n[a](/x)\n```\n[b](/y)\n~~~',
    '- item\n\n    ```\n    [a](/x)\n    ```',
    '```\n[a](/x)',
    '[a](/x',
    '[a](/x y)',
    '[a](<x\ny>)',
    '[a](/x "t" u)',
    '[a](<x>"t")',
    '[a\n\nb](/x)',
    '<img alt="[a](/x)">',
    "<img title=x alt='> [a](/x)' />",
    '<!-- [a](/x)',
    '{{< image-gallery-item text="[a](/x)" >}}',
    '\\\\[a\\\\](x)',
    '\\\\([a](b)\\\\)',
    '[a](javascript: void(0);)',
    '',
  ])('is not in %j', (text) => {
    expect(linksIn(text)).toEqual([]);
  });

  it('does not hold another link', () => {
    expect(linksIn('[a [b](/x) c](/y)')).toEqual([['b', '/x']]);
    expect(linksIn('[a [b](/x)](/y) [c](/z)')).toEqual([['b', '/x'], ['c', '/z']]);
  });

  // Read anew from each opening, these would keep a machine busy for minutes.
  it.each(['[', '[a](', '[a](<', '![[', '[](((', '\\\\(', '` `` ', '\n```` `\n', '<a ', '<!-- x', '<a b="'])('is found behind any number of %j', (text) => {
    expect(linksIn(text.repeat(30_000))).toEqual([]);
    expect(linksIn(`${text.repeat(30_000)} -->\n\n[a](/x)`)).toEqual([['a', '/x']]);
  });

  it('has its place and that of its address in the text', () => {
    const text = '😀 [a](<x y> "t") ![b](/z)';
    expect(markdownLinksIn(text).map(({ start, end, urlStart, urlEnd }) => [text.slice(start, end), text.slice(urlStart, urlEnd)])).toEqual([
      ['[a](<x y> "t")', 'x y'],
      ['![b](/z)', '/z'],
    ]);
  });

  it('of real courses can be cut out and put back', (context) => {
    const files = filesBelow(corpusOrSkip(context)).filter(({ path }) => path.startsWith('courses/') && path.endsWith('.md'));
    let count = 0;
    const misplaced: string[] = [];
    for (const { path, bytes } of files) {
      const text = bytes.toString('utf8');
      const links = markdownLinksIn(text);
      count += links.length;
      for (const link of links) {
        const whole = text.slice(link.start, link.end);
        if (text.slice(link.urlStart, link.urlEnd) !== link.url || !whole.startsWith(`${link.isImage ? '!' : ''}[${link.text}](`) || !whole.endsWith(')')) misplaced.push(`${path}: ${whole}`);
      }
    }
    expect(misplaced).toEqual([]);
    expect(count).toBeGreaterThan(3700);
  });
});
