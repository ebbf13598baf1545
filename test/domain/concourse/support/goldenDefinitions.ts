import { type DefinitionInput, renderDefinition } from '#domain/concourse/renderDefinition.ts';
import type { SiteWords } from '#domain/concourse/siteBuild.ts';
import { makeConfig } from '#test/factories/config.ts';

export const goldenFolder = new URL('../../../golden/concourse/', import.meta.url);

/** An installation as it runs for readers. */
export const production = makeConfig({
  OCW_STUDIO_ENVIRONMENT: 'production',
  ENV_NAME: 'production',
  STUDIO_BASE_URL: 'https://studio.example.edu',
  OCW_STUDIO_DRAFT_URL: 'https://draft.example.edu',
  OCW_STUDIO_LIVE_URL: 'https://live.example.edu',
  OCW_STUDIO_TEST_URL: 'https://test.example.edu',
  API_BEARER_TOKEN: 'bearer-token',
  OCW_GTM_ACCOUNT_ID: 'GTM-1',
  OCW_EXTRA_COURSE_THEMES: 'ocw-course-v3',
  OCW_EXTRA_THEMES_BASE_URLS: '{"ocw-course-v3": "/courses/o"}',
  OCW_EXTRA_THEMES_GTM_IDS: '{"ocw-course-v3": "GTM-3"}',
  OPEN_CATALOG_URLS: 'https://learn.example.edu/api/v1/ocw_next_webhook/,https://old.example.edu/hook/',
  OPEN_CATALOG_WEBHOOK_KEY: 'catalogue-key',
  OCW_TEST_SITE_SLUGS: 'ocw-ci-test-course',
  OCW_MASS_BUILD_BATCH_SIZE: '2',
  AWS_MAX_CONCURRENT_CONNECTIONS: '100',
});

/** A developer’s own: S3 at an address of its own, clones over HTTP. */
export const development = makeConfig({
  API_BEARER_TOKEN: 'bearer-token',
  AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:8436',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
  CONCOURSE_IS_PRIVATE_REPO: 'false',
  GIT_CLONE_BASE_URL: 'http://127.0.0.1:8437',
  GIT_TOKEN: 'git-token',
});

/** A course whose name, repository, storage and address all differ. */
export const course: SiteWords = { name: '6.042j-spring-2015', shortId: '6.042j-spring-2015-repo', urlPath: 'courses/6-042j-mathematics-spring-2015', pathBelowRoot: '6-042j-mathematics-spring-2015', storagePrefix: 'courses/6.042j-spring-2015', starterSlug: 'ocw-course-v2' };
export const root: SiteWords = { name: 'ocw-www', shortId: 'ocw-www', urlPath: '', pathBelowRoot: '', storagePrefix: 'ocw-www', starterSlug: 'ocw-www' };
const other: SiteWords = { ...course, name: '18.065-spring-2018', shortId: '18.065-spring-2018', urlPath: 'courses/18-065-spring-2018', pathBelowRoot: '18-065-spring-2018', storagePrefix: 'courses/18.065-spring-2018' };

const foreignFolders = ['courses', 'ocw-course-v3'];
const site = (version: 'draft' | 'live', words: SiteWords, theme = ''): DefinitionInput => ({ kind: 'site', site: words, version, theme, foreignFolders });
const mass = (facts: { version: 'draft' | 'live'; isOffline?: boolean; isDeleting?: boolean }): DefinitionInput => ({ kind: 'mass-build', isOffline: false, isDeleting: false, theme: '', starter: '', sites: [course, other, root], rootSiteName: 'ocw-www', foreignFolders, ...facts });

const inputs: Readonly<Record<string, readonly [typeof production, DefinitionInput]>> = {
  'site-draft': [production, site('draft', course)],
  'site-live': [production, site('live', course)],
  'site-live-extra-theme': [production, site('live', course, 'ocw-course-v3')],
  'site-live-root': [production, site('live', root)],
  'site-live-test': [production, site('live', { ...course, name: 'ocw-ci-test-course', shortId: 'ocw-ci-test-course' })],
  'site-live-development': [development, site('live', course)],
  'theme-assets': [production, { kind: 'theme-assets' }],
  'mass-build-live': [production, mass({ version: 'live' })],
  'mass-build-draft-offline': [production, mass({ version: 'draft', isOffline: true })],
  'mass-build-live-deleting': [production, mass({ version: 'live', isDeleting: true })],
  unpublish: [production, { kind: 'unpublish' }],
  's3-sync': [production, { kind: 's3-sync' }],
};

/** Every golden definition, by its file. */
export function goldenDefinitions(): Map<string, string> {
  return new Map(Object.entries(inputs).map(([name, [settings, input]]) => [`${name}.json`, `${JSON.stringify(renderDefinition(settings, input), null, 2)}\n`]));
}
