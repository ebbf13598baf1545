import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configItemByFile, configItems, contentDirOf, fileFieldOf, menuFieldsOf, parseSiteConfig, SiteConfigError, type SiteConfigIssue } from '#domain/siteConfig.ts';
import { makeSiteConfig, siteConfigText } from '#test/factories/siteConfig.ts';
import { corpusOrSkip } from '#test/support/corpus.ts';

function faultsOf(text: string): readonly SiteConfigIssue[] {
  try {
    parseSiteConfig(text);
  } catch (error) {
    if (error instanceof SiteConfigError) return error.issues;
    throw error;
  }
  return [];
}
const changed = (from: string | RegExp, to: string): string => {
  const text = siteConfigText.replace(from, to);
  if (text === siteConfigText) throw new Error(`Nothing to replace: ${String(from)}`);
  return text;
};

describe('a starter configuration', () => {
  it('is a list of kinds: repeatable ones with a folder, singletons with a file', () => {
    const config = makeSiteConfig();
    expect(configItems(config).map(({ name, folder, file }) => [name, folder ?? file])).toEqual([
      ['page', 'content/pages'],
      ['resource', 'content/resources'],
      ['external-resource', 'content/external-resources'],
      ['sitemetadata', 'data/course.json'],
      ['navmenu', 'config/_default/menus.yaml'],
    ]);
    const menu = configItemByFile(config, 'config/_default/menus.yaml');
    expect(menu?.name).toBe('navmenu');
    expect(menu === undefined ? [] : menuFieldsOf(menu)).toEqual(['leftnav']);
    expect(configItems(config).map(fileFieldOf)).toEqual([undefined, 'file', undefined, undefined, undefined]);
    expect(configItemByFile(config, 'data/other.json')).toBeUndefined();
  });

  it('loses the slashes round its root, and has none when it names none', () => {
    expect(makeSiteConfig((text) => text.replace('root-url-path: courses', 'root-url-path: /a/b/'))['root-url-path']).toBe('a/b');
    expect(makeSiteConfig((text) => text.replace('root-url-path: courses\n', ''))['root-url-path']).toBe('');
    expect(makeSiteConfig((text) => text.replace('root-url-path: courses', 'root-url-path:'))['root-url-path']).toBe('');
  });

  it('keeps content in the folder it names', () => {
    const config = makeSiteConfig((text) => `content-dir: site\n${text.replaceAll('folder: content/', 'folder: site/')}`);
    expect(contentDirOf(config)).toBe('site');
    expect(contentDirOf(makeSiteConfig())).toBe('content');
  });

  it.each([
    ['no YAML', 'a: [', [{ path: '(file)', reason: expect.stringMatching(/^it is not YAML: .+ at line 1/) as string }]],
    ['nothing', '', [{ path: '(root)', reason: expect.stringContaining('expected object') as string }]],
    ['a misspelled key', changed('label: Pages', 'label: Pages\n  lable: Pages'), [{ path: 'collections.0', reason: 'the key ‘lable’ is not known' }]],
    ['a misspelled key of a field', changed('widget: markdown}', 'widget: markdown, minmal: true}'), [{ path: 'collections.0.fields.1', reason: 'the key ‘minmal’ is not known' }]],
    ['a missing label', changed('  label: Pages\n', ''), [{ path: 'collections.0.label', reason: expect.stringContaining('expected string') as string }]],
    ['two kinds of one name', changed('name: resource\n', 'name: page\n'), [{ path: 'collections.1', reason: 'the name ‘page’ stands at collections.0 already' }]],
    ['a singleton with a kind’s name', changed('name: sitemetadata', 'name: page'), [{ path: 'collections.3.files.0', reason: 'the name ‘page’ stands at collections.0 already' }]],
    ['a kind without a place', changed('  folder: content/pages\n', ''), [{ path: 'collections.0', reason: 'it needs exactly one of folder and files' }]],
    ['a kind outside of the content', changed('folder: content/pages', 'folder: pages'), [{ path: 'collections.0', reason: 'its folder must be content or under it' }]],
    ['a folder that only begins like the content’s', changed('folder: content/pages', 'folder: contents/pages'), [{ path: 'collections.0', reason: 'its folder must be content or under it' }]],
    ['a title that may be empty', changed('widget: string, required: true', 'widget: string'), [{ path: 'collections.0.fields.0', reason: 'a field named title must be a required string' }]],
    ['a menu beside other fields', changed('widget: menu}', 'widget: menu}\n    - {name: x, label: X, widget: text}'), [{ path: 'collections.4.files.0', reason: 'an item with a menu field may have menu fields only' }]],
  ])('with %s is refused with place and reason', (_name, text, issues) => {
    expect(faultsOf(text)).toEqual(issues);
  });

  it('with an unknown widget is refused with its place', () => {
    const issues = faultsOf(changed('widget: markdown', 'widget: markdwon'));
    expect(issues.map((issue) => issue.path)).toEqual(['collections.0.fields.1.widget']);
  });

  it('is told all its faults at once, in one message too', () => {
    const text = changed('folder: content/pages', 'folder: pages').replace('name: resource\n', 'name: page\n');
    expect(faultsOf(text)).toHaveLength(2);
    expect(() => parseSiteConfig(text)).toThrow('collections.0: its folder must be content or under it; collections.1: the name ‘page’ stands at collections.0 already');
  });

  it('in production use is read without fault', (context) => {
    const folder = join(corpusOrSkip(context), 'ocw-hugo-projects');
    const read = readdirSync(folder)
      .map((slug) => ({ slug, file: join(folder, slug, 'ocw-studio.yaml') }))
      .filter(({ file }) => existsSync(file))
      .map(({ slug, file }) => [slug, configItems(parseSiteConfig(readFileSync(file, 'utf8'))).length > 5]);
    expect(read).toEqual([
      ['ocw-course-v2', true],
      ['ocw-www', true],
    ]);
  });
});
