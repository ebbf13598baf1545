import { describe, expect, it } from 'vitest';
import { shortcodesIn } from '#domain/shortcodes.ts';
import { corpusOrSkip, filesBelow } from '#test/support/corpus.ts';
import { seeded } from '#test/support/seeded.ts';

const uuid = '11111111-2222-4333-8444-555555555555';

/** What a text calls, without the places. */
function callsIn(text: string): Record<string, unknown>[] {
  return shortcodesIn(text).map(({ start: _start, end: _end, ...call }) => call);
}
const plain = { isClosing: false, isSelfClosing: false, positional: [], named: {} };

describe('a shortcode', () => {
  it.each([
    ['{{< br >}}', { name: 'br', delimiter: '<' }],
    ['{{<br>}}', { name: 'br', delimiter: '<' }],
    ['{{% sup 2 %}}', { name: 'sup', delimiter: '%', positional: ['2'] }],
    ['{{</ image-gallery >}}', { name: 'image-gallery', delimiter: '<', isClosing: true }],
    ['{{< /image-gallery >}}', { name: 'image-gallery', delimiter: '<', isClosing: true }],
    ['{{< quiz_solution />}}', { name: 'quiz_solution', delimiter: '<', isSelfClosing: true }],
    ['{{< quiz_solution/>}}', { name: 'quiz_solution', delimiter: '<', isSelfClosing: true }],
    ['{{< td-colspan 4 />}}', { name: 'td-colspan', delimiter: '<', isSelfClosing: true, positional: ['4'] }],
    ['{{< video "a/b" / >}}', { name: 'video', delimiter: '<', isSelfClosing: true, positional: ['a/b'] }],
    ['{{< path a/b/c >}}', { name: 'path', delimiter: '<', positional: ['a/b/c'] }],
    [`{{< resource uuid="${uuid}" href_uuid=${uuid} >}}`, { name: 'resource', delimiter: '<', named: { uuid, href_uuid: uuid } }],
    [`{{< resource ${uuid} >}}`, { name: 'resource', delimiter: '<', positional: [uuid] }],
    [`{{% resource_link ${uuid} "a"%}}`, { name: 'resource_link', delimiter: '%', positional: [uuid, 'a'] }],
    [`{{% resource_link "${uuid}" "100 %}} sure" "#x" %}}`, { name: 'resource_link', delimiter: '%', positional: [uuid, '100 %}} sure', '#x'] }],
    ['{{% resource_link "u" "say \\"hi\\"" %}}', { name: 'resource_link', delimiter: '%', positional: ['u', 'say "hi"'] }],
    ['{{< math "a\\\\b \\(x\\)" >}}', { name: 'math', delimiter: '<', positional: ['a\\\\b \\(x\\)'] }],
    ['{{< image-gallery-item href="a.jpg" data-ngdesc="" text="H{{< sub 2 >}}O" >}}', { name: 'image-gallery-item', delimiter: '<', named: { href: 'a.jpg', 'data-ngdesc': '', text: 'H{{< sub 2 >}}O' } }],
    ['{{< quote "It works." "— A NAME" >}}', { name: 'quote', delimiter: '<', positional: ['It works.', '— A NAME'] }],
    ['{{< code `a "b" >}} c` >}}', { name: 'code', delimiter: '<', positional: ['a "b" >}} c'] }],
    ['{{< spread\n  a="1"\n  b="two\nlines"\n>}}', { name: 'spread', delimiter: '<', named: { a: '1', b: 'two\nlines' } }],
    ['{{< x __proto__="1" >}}', { name: 'x', delimiter: '<', named: Object.fromEntries([['__proto__', '1']]) }],
    ['{{< x "a=b" c=d=e >}}', { name: 'x', delimiter: '<', positional: ['a=b'], named: { c: 'd=e' } }],
  ])('%j is read', (text, call) => {
    expect(callsIn(text)).toEqual([{ ...plain, ...call }]);
    expect(shortcodesIn(text)[0]).toMatchObject({ start: 0, end: text.length });
  });

  it.each([
    '{{< unfinished',
    '{{< a "open >}}',
    '{{< a "one" "open >}} and more',
    '{{< a >}',
    '{{< a %}}',
    '{{% a >}}',
    '{{</* commented "out" */>}}',
    '{{< >}}',
    '{{< / >}}',
    '{{ .Title }}',
    '{ {< a >}}',
    '{{< a b"c" >}}',
  ])('%j is none', (text) => {
    expect(shortcodesIn(text)).toEqual([]);
  });

  it('has its place in the text', () => {
    const text = 'Ä 😀 {{< a >}}x{{< /a >}} {{% b "c" %}}';
    expect(shortcodesIn(text).map(({ start, end }) => text.slice(start, end))).toEqual(['{{< a >}}', '{{< /a >}}', '{{% b "c" %}}']);
  });

  it('is found behind one that never ends', () => {
    expect(callsIn('{{< a "open >}} {{< b >}}')).toEqual([{ ...plain, name: 'b', delimiter: '<' }]);
    expect(callsIn('{{< a {{< b >}}')).toEqual([{ ...plain, name: 'b', delimiter: '<' }]);
    expect(callsIn('{{{< b >}}')).toEqual([{ ...plain, name: 'b', delimiter: '<' }]);
  });

  it('gives back any parameter that was written in quotes', () => {
    const random = seeded(38);
    const characters = ['a', ' ', '=', '"', '`', '/', '>}}', '%}}', '{{<', '{{%', '\n', '\\(', '😀', "'", '[', '&'] as const;
    for (let count = 0; count < 1_000; count += 1) {
      const values = random.some(4, () => random.some(8, () => random.pick(characters)).join(''));
      const delimiter = random.pick(['<', '%'] as const);
      const text = `x {{${delimiter} name ${values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(' ')} ${delimiter === '<' ? '>' : '%'}}} y`;
      expect(callsIn(text), text).toEqual([{ ...plain, name: 'name', delimiter, positional: values }]);
    }
  });

  // Read anew from each opening, these would keep a machine busy for minutes.
  it.each(['{{< a "', '{{< a ', '{{< a `', '{{% a b="c" '])('is none however often %j begins', (text) => {
    expect(shortcodesIn(text.repeat(50_000))).toEqual([]);
    expect(shortcodesIn(`${text.repeat(50_000)}{{< end >}}`).map(({ name }) => name)).toEqual(['end']);
  });

  it('of real courses is read wherever one begins', (context) => {
    const files = filesBelow(corpusOrSkip(context)).filter(({ path }) => path.startsWith('courses/') && path.endsWith('.md'));
    let count = 0;
    const unread: string[] = [];
    for (const { path, bytes } of files) {
      const text = bytes.toString('utf8');
      const found = shortcodesIn(text);
      count += found.length;
      const between = found.map(({ start }, index) => text.slice(found[index - 1]?.end ?? 0, start));
      unread.push(...[...between, text.slice(found.at(-1)?.end ?? 0)].filter((part) => /\{\{[<%]/.test(part)).map((part) => `${path}: ${part}`));
    }
    expect(unread).toEqual([]);
    expect(count).toBeGreaterThan(6000);
  });
});
