import { describe, expect, it } from 'vitest';
import type { ContentItem } from '#domain/contentItem.ts';
import { joinPath, offeredUrlPath, redirectLine, siteStoragePrefix, siteUrl, suggestUrlPath, urlPathFault, urlPathsOverlap, withoutRootPath } from '#domain/siteUrl.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

const config = makeSiteConfig();
const course = (metadata: Record<string, unknown>): ContentItem[] => [makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', isPageContent: false, metadata })];

describe('a suggested address', () => {
  it('is made from the course’s metadata, with dots as dashes', () => {
    expect(suggestUrlPath(config, course({ primary_course_number: '18.065', course_title: 'Matrix Methods: An Overview', term: 'Spring 2018' }))).toBe('18-065-matrix-methods-an-overview-spring-2018');
  });

  it('takes numbers', () => {
    expect(suggestUrlPath(config, course({ primary_course_number: 6, course_title: 'x', term: 'y' }))).toBe('6-x-y');
  });

  it('keeps the brackets of what is missing, is empty or is no text, so that it cannot be used as it is', () => {
    const suggestion = suggestUrlPath(config, course({ course_title: '…', term: ['Spring'] })) ?? '';
    expect(suggestion).toBe('[sitemetadata:primary_course_number]-[sitemetadata:course_title]-[sitemetadata:term]');
    expect(urlPathFault(suggestion)).toBe('You must replace the URL sections in brackets.');
    expect(suggestUrlPath(config, [])).toContain('[sitemetadata:term]');
  });

  it('looks into nested metadata', () => {
    const nested = makeSiteConfig((text) => text.replace(/site-url-format: .*/, "site-url-format: '[sitemetadata:a.b]'"));
    expect(suggestUrlPath(nested, course({ a: { b: 'deep' } }))).toBe('deep');
  });

  it('is looked for in the site’s metadata first, then in the first item of the kind', () => {
    const formed = makeSiteConfig((text) => text.replace(/site-url-format: .*/, "site-url-format: '[page:term]-[page:topic]'"));
    const page = (textId: string, metadata: Record<string, unknown>) => makeContentItem({ textId, type: 'page', metadata });
    expect(suggestUrlPath(formed, [page('1', { term: 'of a page', topic: 'one' }), page('2', { topic: 'two' }), ...course({ term: 'Spring' })])).toBe('spring-one');
    expect(suggestUrlPath(formed, [page('1', { term: 'Fall' })])).toBe('fall-[page:topic]');
  });

  it('is the name of the site where no better one can be made, or it has been published', () => {
    const items = course({ primary_course_number: '1', course_title: 'x', term: 'y' });
    expect(offeredUrlPath(config, items, { name: 'my-site', isPublished: false })).toBe('1-x-y');
    expect(offeredUrlPath(config, items, { name: 'my-site', isPublished: true })).toBe('my-site');
    expect(offeredUrlPath(null, items, { name: 'my-site', isPublished: false })).toBe('my-site');
  });

  it('is none when the starter has no format', () => {
    expect(suggestUrlPath(makeSiteConfig((text) => text.replace(/site-url-format: .*\n/, '')), [])).toBeNull();
  });
});

describe('an address', () => {
  it.each(['18-065-spring-2018', 'a', 'A.b_c-d/e', '6.042j'])('%j can be used', (path) => {
    expect(urlPathFault(path)).toBeUndefined();
  });

  it.each([
    ['', 'The URL path cannot be blank.'],
    ['  ', 'The URL path cannot be blank.'],
    ['a-[b]', 'You must replace the URL sections in brackets.'],
    ...['a b', '/a', 'a/', 'a//b', 'a/../b', '.', 'a/./b', 'ä', 'a?b', 'a#b', 'a%2fb', 'a\\b'].map((path): [string, string] => [path, 'The URL path may have letters, digits, dots, dashes and underscores.']),
  ])('%j cannot be used: %s', (path, reason) => {
    expect(urlPathFault(path)).toBe(reason);
  });

  it('is bounded, so that the files below it stay keys of S3', () => {
    expect(urlPathFault('a'.repeat(300))).toBeUndefined();
    expect(urlPathFault('a'.repeat(301))).toBe('The URL path may have 300 characters at most.');
  });

  it.each([
    ['courses/a', 'courses/a', true],
    ['courses/a', 'Courses/A', true],
    ['courses/a', 'courses/a/b', true],
    ['courses/a/b', 'courses/a', true],
    ['courses/a', 'courses/ab', false],
    ['courses/a', 'courses/b', false],
  ])('%j and %j overlap: %j', (first, second, overlap) => {
    expect(urlPathsOverlap(first, second)).toBe(overlap);
  });

  it('is shown without the root of its starter', () => {
    expect(withoutRootPath('courses', 'courses/a')).toBe('a');
    expect(withoutRootPath('courses', 'other/a')).toBe('other/a');
    expect(withoutRootPath('', 'a/b')).toBe('a/b');
  });

  it('that is an old one has a line for the CDN', () => {
    expect(redirectLine('courses/old', 'courses/new')).toBe('/courses/old/* → /courses/new/:splat 301');
  });

  it('leads to the version’s site; the root site stands at the root', () => {
    const bases = { draftSiteUrl: 'https://draft.example.edu', liveSiteUrl: 'https://example.edu', rootWebsiteName: 'ocw-www' };
    expect(siteUrl(bases, { name: 'x', urlPath: 'courses/x' }, 'live')).toBe('https://example.edu/courses/x/');
    expect(siteUrl(bases, { name: 'x', urlPath: 'courses/x' }, 'draft')).toBe('https://draft.example.edu/courses/x/');
    expect(siteUrl(bases, { name: 'ocw-www', urlPath: null }, 'live')).toBe('https://example.edu/');
    expect(siteUrl(bases, { name: 'x', urlPath: null }, 'live')).toBeNull();
  });

  it('says nothing about where files are stored: that goes by the name', () => {
    expect(siteStoragePrefix(config, { name: 'x' })).toBe('courses/x');
    expect(siteStoragePrefix(makeSiteConfig((text) => text.replace('root-url-path: courses', 'root-url-path: ""')), { name: 'x' })).toBe('x');
  });

  it.each([
    ['a', 'b', 'a/b'],
    ['/a/', '/b/', 'a/b'],
    ['', 'b', 'b'],
    ['a', '', 'a'],
    ['', '', ''],
    ['a/b', 'c', 'a/b/c'],
  ])('joins %j and %j with one slash', (first, second, joined) => {
    expect(joinPath(first, second)).toBe(joined);
  });
});
