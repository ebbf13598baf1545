import { expect, it } from 'vitest';
import { hugoCall } from '#activities/hugoCall.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

const readers = { OCW_STUDIO_DRAFT_URL: 'https://draft.example.edu', OCW_STUDIO_LIVE_URL: 'https://live.example.edu', OCW_STUDIO_TEST_URL: 'https://test.example.edu', OCW_TEST_SITE_SLUGS: '["only-tests"]' };
const own = {
  STATIC_API_BASE_URL_DRAFT: 'https://api.example.edu/draft',
  STATIC_API_BASE_URL_LIVE: 'https://api.example.edu/live',
  STATIC_API_BASE_URL_TEST: 'https://api.example.edu/test',
  RESOURCE_BASE_URL_DRAFT: 'https://files.example.edu/draft',
  RESOURCE_BASE_URL_LIVE: 'https://files.example.edu/live',
};

it.each([
  ['course', 'draft', {}, 'https://draft.example.edu', ''],
  ['course', 'live', {}, 'https://live.example.edu', ''],
  ['only-tests', 'live', {}, 'https://test.example.edu', 'https://test.example.edu'],
  ['course', 'draft', own, 'https://api.example.edu/draft', 'https://files.example.edu/draft'],
  ['course', 'live', own, 'https://api.example.edu/live', 'https://files.example.edu/live'],
  ['only-tests', 'draft', own, 'https://api.example.edu/test', 'https://api.example.edu/test'],
] as const)('themes of %s (%s) are told where other sites and uploaded files are, with %j', (name, version, env, staticApi, resources) => {
  const call = hugoCall(makeConfig({ ...readers, ...env }), { site: { name, urlPath: 'courses/x' }, starterConfig: makeSiteConfig(), version, theme: '' });
  expect(call.env).toMatchObject({ STATIC_API_BASE_URL: staticApi, RESOURCE_BASE_URL: resources });
});
