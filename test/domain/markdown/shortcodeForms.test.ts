import { describe, expect, it } from 'vitest';
import { setFormParam, shortcodeFormOf, shortcodeForms, valueOfParam } from '#domain/markdown/shortcodeForms.ts';
import { scanShortcodes, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';
import { applySplices } from '#domain/markdown/splice.ts';

function only(text: string): ShortcodeSpan {
  const [span] = scanShortcodes(text);
  if (span === undefined) throw new Error(`There is no shortcode in ${text}.`);
  return span;
}
function fill(text: string, name: string, value: string): string {
  const span = only(text);
  const param = shortcodeFormOf(span).params.find((candidate) => candidate.name === name);
  if (param === undefined) throw new Error(`${text} has no parameter ${name}.`);
  return applySplices(text, setFormParam(text, span, param, value));
}

describe('the form of a shortcode', () => {
  it('exists for every shortcode that courses have', () => {
    const names = 'resource_link resource tableopen tableclose theadopen theadclose tbodyopen tbodyclose tfootopen tfootclose tropen trclose thopen thclose tdopen tdclose quiz_choice quiz_choices quiz_multiple_choice quiz_solution resource_file video-gallery youtube anchor approx-students br div-with-class fullwidth-cell h image-gallery-item image-gallery quote simplecast sub sup baseurl td-colspan underline external_resource_link';
    expect(shortcodeForms.map(({ name }) => name).sort()).toEqual(names.split(' ').sort());
    for (const { label, params, name } of shortcodeForms) {
      expect(label, name).not.toBe('');
      expect(params.map((param) => param.place).filter((place) => place !== null), name).toEqual(params.filter(({ place }) => place !== null).map((_, index) => index));
    }
  });

  it('shows what the studio does not know under its own names', () => {
    expect(shortcodeFormOf(only('{{% mystery a="1" b=2 %}}'))).toMatchObject({ label: 'mystery', form: 'percent', age: 'unknown', params: [{ name: 'a', label: 'a' }, { name: 'b', label: 'b' }] });
    expect(shortcodeFormOf(only('{{< mystery "1" "2" >}}')).params.map(({ label }) => label)).toEqual(['Value 1', 'Value 2']);
    expect(shortcodeFormOf(only('{{< br "odd" >}}')).params.map(({ label }) => label)).toEqual(['Value 1']);
    expect(shortcodeFormOf(only('{{< /quiz_choice >}}')).params).toEqual([]);
  });

  it('reads values by name and by place', () => {
    for (const text of ['{{< resource_file u1 >}}', '{{< resource_file uuid="u1" >}}']) {
      const span = only(text);
      expect(shortcodeFormOf(span).params.map((param) => valueOfParam(span, param))).toEqual(['u1']);
    }
    const link = only('{{% resource_link u1 "a" %}}');
    expect(shortcodeFormOf(link).params.map((param) => valueOfParam(link, param))).toEqual(['u1', 'a', '']);
  });

  it.each([
    ['{{% resource_link u1 "a" %}}', 'suffix', '#x', '{{% resource_link u1 "a" "#x" %}}'],
    ['{{% resource_link u1 "a" "#x" %}}', 'suffix', '', '{{% resource_link u1 "a" %}}'],
    ['{{% resource_link u1 "a" %}}', 'text', '', '{{% resource_link u1 "" %}}'],
    ['{{% resource_link u1 "a" %}}', 'text', 'a', '{{% resource_link u1 "a" %}}'],
    ['{{< resource 1234 >}}', 'uuid', '5678', '{{< resource 5678 >}}'],
    ['{{< resource 1234 >}}', 'href', '/x', '{{< resource uuid="1234" href="/x" >}}'],
    ['{{< resource uuid="1234" >}}', 'href_uuid', 'u', '{{< resource uuid="1234" href_uuid="u" >}}'],
    ['{{< resource uuid="1234" href="/x" >}}', 'href', '', '{{< resource uuid="1234" >}}'],
    ['{{< resource >}}', 'uuid', 'u', '{{< resource uuid="u" >}}'],
    ['{{< anchor >}}', 'name', 'here', '{{< anchor "here" >}}'],
    ['{{< quiz_choice isCorrect="false" >}}', 'isCorrect', 'true', '{{< quiz_choice isCorrect="true" >}}'],
    ['{{< h 3 >}}', 'level', '4', '{{< h 4 >}}'],
  ])('writes %j with %s as %j', (text, name, value, expected) => {
    expect(fill(text, name, value)).toBe(expected);
    expect(only(fill(text, name, value)).problem).toBeUndefined();
  });
});
