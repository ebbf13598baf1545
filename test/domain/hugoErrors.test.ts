import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseHugoOutput } from '#domain/hugoErrors.ts';

/** What Hugo 0.147.9 prints for small broken sites; see makeOutputs.mjs beside it. */
const outputs = JSON.parse(readFileSync(new URL('../fixtures/hugoErrors/outputs.json', import.meta.url), 'utf8')) as Record<string, { code: number; output: string }>;
const folders = { siteDir: '/build/site', themesDir: '/build/themes', projectsDir: '/build/projects' };

function parse(name: string) {
  const recorded = outputs[name];
  if (recorded === undefined) throw new Error(`No output of ${name} is recorded`);
  return parseHugoOutput(recorded.output, folders);
}

describe('what Hugo prints', () => {
  it.each([
    ['missingShortcode', { message: 'there is no shortcode “nowhere”', file: 'content/pages/a.md', line: 7 }],
    ['unclosedShortcode', { message: 'unclosed shortcode action', file: 'content/pages/a.md', line: 6 }],
    ['badFrontMatter', { message: 'failed to unmarshal YAML: yaml: line 3: found unexpected end of stream', file: 'content/pages/a.md', line: 3 }],
    ['referenceNowhere', { message: 'the reference “nowhere.md” leads to no page', file: 'content/pages/a.md', line: 5 }],
    ['ownTemplateUnparsable', { message: 'parse of template failed: template: single.html:2: missing value for if', file: 'layouts/_default/single.html', line: 2 }],
  ])('says of %s which file and line an author opens', (name, problem) => {
    expect(parse(name)).toEqual({ errors: [problem], warnings: [] });
  });

  it('names the file of the repository where Hugo names its own stream, and says it once', () => {
    expect(parse('badData').errors).toEqual([{ message: "unmarshal failed: invalid character '}' looking for beginning of value", file: 'data/course.json', line: 1 }]);
    expect(parse('badMenus').errors).toEqual([{ message: "failed to unmarshal YAML: yaml: line 2: did not find expected ',' or ']'", file: 'config/_default/menus.yaml', line: 2 }]);
  });

  it('tells faults of the theme from the author’s own, with the place on the page that met them', () => {
    expect(parse('shortcodeBreaks').errors).toEqual([
      { message: 'executing "_shortcodes/breaks.html" at <0>: can\'t evaluate field Nothing in type string (while rendering content/pages/a.md:5)', file: 'base/layouts/shortcodes/breaks.html', line: 1, inTheme: true },
    ]);
    expect(parse('themePartialBreaks').errors).toEqual([
      { message: 'executing "_partials/divides.html" at <div 1 0>: error calling div: can\'t divide the value by 0 (while rendering content/pages/fine.md)', file: 'base/layouts/partials/divides.html', line: 2, inTheme: true },
    ]);
    expect(parse('ownTemplateLacksPartial').errors[0]).not.toHaveProperty('inTheme');
  });

  it('takes what a theme logs as faults of their own, not Hugo’s count of them', () => {
    expect(parse('errorsLogged')).toEqual({ errors: [{ message: 'boom one' }, { message: 'boom two' }], warnings: [] });
  });

  it('keeps warnings apart, and leaves out the theme’s word on missing instructors, which the pre-flight says better', () => {
    expect(parse('warnings')).toEqual({ errors: [], warnings: [{ message: 'something is odd in content/pages/a.md' }] });
  });

  it('finds a fault in every build that failed and none in those that did not', () => {
    for (const [name, { code }] of Object.entries(outputs)) expect([name, parse(name).errors.length > 0]).toEqual([name, code !== 0]);
  });

  it('shows no folder of the worker', () => {
    for (const name of Object.keys(outputs)) expect(JSON.stringify(parse(name))).not.toContain('/build/');
  });

  it('reads through colours', () => {
    expect(parseHugoOutput('\u001b[1;31mERROR\u001b[0m "/build/site/content/a.md:3:1": it broke\n', folders).errors).toEqual([{ message: 'it broke', file: 'content/a.md', line: 3 }]);
  });
});
