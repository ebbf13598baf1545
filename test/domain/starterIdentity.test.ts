import { describe, expect, it } from 'vitest';
import { identifyStarters, type KnownStarter } from '#domain/starterIdentity.ts';
import { slugify } from '#domain/slug.ts';

const URL = 'https://github.com/mitodl/ocw-hugo-projects.git';
const BASE = 'https://github.com/mitodl/ocw-hugo-projects';
const known = (slug: string, path: string, source: KnownStarter['source'] = 'github'): KnownStarter => ({ id: `id of ${path}`, slug, source, path });
const slugsOf = (files: readonly string[], starters: readonly KnownStarter[] = [], url = URL): Record<string, string> => Object.fromEntries(identifyStarters(url, files, starters).map(({ path, slug }) => [path, slug]));

describe('a starter', () => {
  it('is known by the repository and its folder, and called by the first folder', () => {
    expect(identifyStarters(URL, ['ocw-www/ocw-studio.yaml', 'ocw-course-v2/ocw-studio.yaml'], [])).toEqual([
      { file: 'ocw-course-v2/ocw-studio.yaml', path: `${BASE}/ocw-course-v2`, slug: 'ocw-course-v2', movedId: null },
      { file: 'ocw-www/ocw-studio.yaml', path: `${BASE}/ocw-www`, slug: 'ocw-www', movedId: null },
    ]);
  });

  it('at the root of its repository is called by the repository', () => {
    expect(slugsOf(['ocw-studio.yaml'])).toEqual({ [BASE]: 'ocw-hugo-projects' });
    expect(slugsOf(['ocw-studio.yaml'], [], 'git@github.com:ocw-hugo-projects.git')).toEqual({ 'git@github.com:ocw-hugo-projects': 'ocw-hugo-projects' });
  });

  it('keeps its slug, whatever its folder would give', () => {
    expect(slugsOf(['course/ocw-studio.yaml'], [known('a-better-name', `${BASE}/course`)])).toEqual({ [`${BASE}/course`]: 'a-better-name' });
  });

  it('gets a number when another path has its slug', () => {
    expect(slugsOf(['course/a/ocw-studio.yaml', 'course/b/ocw-studio.yaml', 'course/ocw-studio.yaml'])).toEqual({ [`${BASE}/course/a`]: 'course', [`${BASE}/course/b`]: 'course2', [`${BASE}/course`]: 'course3' });
    expect(slugsOf(['course/ocw-studio.yaml'], [known('course', '/srv/course', 'local')])).toEqual({ [`${BASE}/course`]: 'course2' });
  });

  it.each([
    ['Ünï Côurse!', 'uni-course'],
    ['课程', 'starter'],
    ['x'.repeat(40), 'x'.repeat(30)],
    [`${'x'.repeat(29)}-y`, 'x'.repeat(29)],
  ])('in the folder ‘%s’ is ‘%s’: at most 30 characters, and a slug', (folder, slug) => {
    expect(slugsOf([`${folder}/ocw-studio.yaml`])).toEqual({ [`${BASE}/${folder}`]: slug });
    expect(slugify(slug)).toBe(slug);
  });

  it('with a long name has room for its number', () => {
    const slugs = Object.values(slugsOf(Array.from({ length: 12 }, (_, index) => `${'x'.repeat(40)}/${String(index).padStart(2, '0')}/ocw-studio.yaml`)));
    expect(new Set(slugs).size).toBe(12);
    expect(slugs.at(-1)).toBe(`${'x'.repeat(28)}12`);
    for (const slug of slugs) expect(slug.length).toBeLessThanOrEqual(30);
  });

  it('is the same one when its repository moved to another address', () => {
    const before = [known('ocw-www', 'http://localhost:8434/studio/ocw-hugo-projects/ocw-www'), known('course', 'http://localhost:8434/studio/ocw-hugo-projects/ocw-course-v2')];
    expect(identifyStarters(URL, ['ocw-course-v2/ocw-studio.yaml', 'ocw-www/ocw-studio.yaml'], before).map(({ slug, movedId }) => [slug, movedId])).toEqual([
      ['course', 'id of http://localhost:8434/studio/ocw-hugo-projects/ocw-course-v2'],
      ['ocw-www', 'id of http://localhost:8434/studio/ocw-hugo-projects/ocw-www'],
    ]);
  });

  it('moves to one place only', () => {
    expect(slugsOf(['a/x/ocw-studio.yaml', 'x/ocw-studio.yaml'], [known('a', '/old/a/x')])).toEqual({ [`${BASE}/a/x`]: 'a', [`${BASE}/x`]: 'x' });
  });

  it('is another one in another folder of the same repository, and when two could have moved', () => {
    expect(slugsOf(['new/ocw-www/ocw-studio.yaml'], [known('ocw-www', `${BASE}/ocw-www`)])).toEqual({ [`${BASE}/new/ocw-www`]: 'new' });
    expect(slugsOf(['ocw-www/ocw-studio.yaml'], [known('ocw-www', '/a/ocw-www'), known('ocw-www2', '/b/ocw-www')])).toEqual({ [`${BASE}/ocw-www`]: 'ocw-www3' });
  });
});
