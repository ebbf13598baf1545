import { describe, expect, it } from 'vitest';
import { type HugoInstallation, type HugoOutputOf, hugoSettings, themesOf } from '#domain/hugoSettings.ts';

const installation: HugoInstallation = {
  studioBaseUrl: 'https://studio.example.edu',
  envName: 'production',
  sitemapDomain: 'ocw.example.edu',
  courseV3CanonicalDomain: 'learn.example.edu',
  courseStarterSlug: 'ocw-course-v2',
  gtmAccountId: 'GTM-1',
  themesSentryDsn: undefined,
  apiBearerToken: 'token',
  extraThemesBaseUrls: {},
  extraThemesGtmIds: {},
};
const of = (given: Partial<HugoOutputOf> = {}): HugoOutputOf => ({ urlPath: 'courses/x', isRoot: false, isTest: false, version: 'live', theme: '', rootPath: 'courses', staticApiBaseUrl: 'https://live.example.edu:8443', resourceBaseUrl: '', ...given });
const root = { isRoot: true, urlPath: null };

describe('NOINDEX', () => {
  it.each([
    ['live', 'production', {}, 'false'],
    ['live', 'prod', {}, 'false'],
    ['live', 'production', root, 'false'],
    ['live', 'rc', {}, 'true'],
    ['live', 'preprod', {}, 'true'],
    ['live', 'Production', {}, 'true'],
    ['draft', 'production', {}, 'true'],
    ['draft', 'rc', {}, 'true'],
    ['live', 'production', { theme: 'v3' }, 'true'],
    ['live', 'production', { isTest: true }, 'true'],
    ['live', 'production', { ...root, isTest: true }, 'true'],
  ] as const)('of a %s site where ENV_NAME is %s (%j) is %s', (version, envName, more, expected) => {
    expect(hugoSettings({ ...installation, envName }, of({ version, ...more })).env['NOINDEX']).toBe(expected);
  });
});

describe('the base address and the place in the bucket', () => {
  it.each([
    [{}, {}, '/courses/x', 'courses/x'],
    [root, {}, '/', ''],
    [{ ...root, urlPath: 'ocw-www' }, {}, '/', ''],
    [{ theme: 'v3' }, {}, '/v3/courses/x', 'v3/courses/x'],
    [{ theme: 'v3' }, { v3: '/courses/o' }, '/courses/o/x', 'v3/courses/x'],
    [{ theme: 'v3' }, { v3: 'courses/o/' }, '/courses/o/x', 'v3/courses/x'],
    [{ theme: 'v3' }, { v3: 'https://learn.example.edu/courses/o' }, 'https://learn.example.edu/courses/o/x', 'v3/courses/x'],
    [{ theme: 'v4' }, { v3: '/courses/o' }, '/v4/courses/x', 'v4/courses/x'],
    [{ theme: 'v3', urlPath: 'elsewhere/x' }, { v3: '/courses/o' }, '/courses/o/elsewhere/x', 'v3/elsewhere/x'],
    [{}, { '': '/never' }, '/courses/x', 'courses/x'],
  ])('of %j with %j are %s and “%s”', (given, extraThemesBaseUrls, baseUrl, prefix) => {
    expect(hugoSettings({ ...installation, extraThemesBaseUrls }, of(given))).toMatchObject({ baseUrl, prefix });
  });
});

describe('what themes may read', () => {
  it('of a course is the whole list of the existing builders, without the token', () => {
    expect(hugoSettings(installation, of()).env).toEqual({
      GTM_ACCOUNT_ID: 'GTM-1',
      OCW_STUDIO_BASE_URL: 'https://studio.example.edu',
      STATIC_API_BASE_URL: 'https://live.example.edu:8443',
      OCW_IMPORT_STARTER_SLUG: 'ocw-course-v2',
      OCW_COURSE_STARTER_SLUG: 'ocw-course-v2',
      RESOURCE_BASE_URL: '',
      SITEMAP_DOMAIN: 'ocw.example.edu',
      COURSE_V3_CANONICAL_DOMAIN: 'learn.example.edu',
      SENTRY_DSN: '',
      NOINDEX: 'false',
    });
  });

  it('of the root site has the token, where there is one', () => {
    expect(hugoSettings(installation, of(root)).env['API_BEARER_TOKEN']).toBe('token');
    expect(hugoSettings({ ...installation, apiBearerToken: undefined }, of(root)).env).not.toHaveProperty('API_BEARER_TOKEN');
  });

  it.each([
    [{}, { OCW_STUDIO_BASE_URL: '' }],
    [root, { OCW_STUDIO_BASE_URL: 'https://live.example.edu:8443' }],
  ])('of a test site (%j) leads to no other place than that of tests', (given, studio) => {
    expect(hugoSettings(installation, of({ ...given, isTest: true, resourceBaseUrl: 'https://files.example.edu' })).env).toMatchObject({ ...studio, STATIC_API_BASE_URL: 'https://live.example.edu:8443', RESOURCE_BASE_URL: 'https://files.example.edu', SITEMAP_DOMAIN: 'live.example.edu:8443' });
  });

  it.each([
    ['', 'GTM-1'],
    ['v3', 'GTM-3'],
    ['v4', 'GTM-1'],
  ])('of the theme ‘%s’ counts visits as %s', (theme, id) => {
    expect(hugoSettings({ ...installation, extraThemesGtmIds: { v3: 'GTM-3' } }, of({ theme })).env['GTM_ACCOUNT_ID']).toBe(id);
  });

  it('of a draft is built with drafts', () => {
    expect([hugoSettings(installation, of({ version: 'draft' })).buildDrafts, hugoSettings(installation, of()).buildDrafts]).toEqual([true, false]);
  });
});

it.each([
  ['ocw-course-v2', false, ['', 'v3', 'v4']],
  ['ocw-course-v2', true, ['']],
  ['ocw-www', false, ['']],
])('a site of %s (root: %s) is built with the themes %j', (starterSlug, isRoot, themes) => {
  expect(themesOf({ defaultCourseTheme: 'ocw-course-v2', extraCourseThemes: ['v3', 'v4', 'v3'] }, { starterSlug, isRoot })).toEqual(themes);
});
