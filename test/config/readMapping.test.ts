import { describe, expect, it } from 'vitest';
import { loadConfig } from '#config/load.ts';
import { readList, readMapping } from '#config/readMapping.ts';

describe('a mapping', () => {
  it.each([
    ['', {}],
    ['{}', {}],
    ['{"ocw-course-v3": "/courses/o"}', { 'ocw-course-v3': '/courses/o' }],
    ["{'ocw-course-v3': '/courses/o', 'b': \"it's\"}", { 'ocw-course-v3': '/courses/o', b: "it's" }],
    ["{'a': 'x\\'y', 'b': None, 'c': '',}", { a: "x'y" }],
    ['{"a": null}', {}],
    ['{"a": "b, c: {d}"}', { a: 'b, c: {d}' }],
  ])('%s is read', (text, expected) => {
    expect(readMapping(text)).toEqual(expected);
  });

  it.each(['x', '{', '{"a"}', '{"a": {"b": "c"}}', '{"a": 1}', '["a"]', '{"a": "b" "c"}', '{"a": "b}', '{,}'])('%s is refused', (text) => {
    expect(() => readMapping(text)).toThrow(/it /);
  });
});

describe('a list', () => {
  it.each([
    ['', []],
    [' a, ,b ', ['a', 'b']],
    ['[]', []],
    ["['a', \"b\"]", ['a', 'b']],
    ['["a",]', ['a']],
  ])('%s is read', (text, expected) => {
    expect(readList(text)).toEqual(expected);
  });

  it.each(['[', '[a]', '["a" "b"]', '["a", 1]'])('%s is refused', (text) => {
    expect(() => readList(text)).toThrow(/it /);
  });
});

describe('extra themes', () => {
  const required = { DATABASE_URL: 'postgres://x@127.0.0.1/x' };

  it('are read as the existing system’s settings have them', () => {
    expect(loadConfig({ ...required, OCW_EXTRA_COURSE_THEMES: 'ocw-course-v3', OCW_EXTRA_THEMES_BASE_URLS: "{'ocw-course-v3': '/courses/o'}", OCW_TEST_SITE_SLUGS: "['a', 'b']" })).toMatchObject({ extraCourseThemes: ['ocw-course-v3'], extraThemesBaseUrls: { 'ocw-course-v3': '/courses/o' }, testSiteSlugs: ['a', 'b'], defaultCourseTheme: 'ocw-course-v2' });
  });

  it.each([
    [{ OCW_EXTRA_COURSE_THEMES: '../up' }, /OCW_EXTRA_COURSE_THEMES names "\.\.\/up", which cannot be a folder/],
    [{ OCW_EXTRA_COURSE_THEMES: 'a', OCW_EXTRA_THEMES_GTM_IDS: '{"b": "GTM"}' }, /OCW_EXTRA_THEMES_GTM_IDS names "b", which OCW_EXTRA_COURSE_THEMES does not/],
    [{ OCW_EXTRA_THEMES_BASE_URLS: '{"b": "/x"}' }, /OCW_EXTRA_THEMES_BASE_URLS names "b"/],
    [{ HUGO_BINS: 'hugo' }, /HUGO_BINS is "hugo": it cannot be read/],
  ])('set wrongly (%j) are a fault of the configuration', (env, fault) => {
    expect(() => loadConfig({ ...required, ...env })).toThrow(fault);
  });
});
