import { expect, test } from 'vitest';
import { buildPath, matchRoute, ownPlace } from '../../web/src/lib/routeMatch.ts';
import { pages, pathTo } from '../../web/src/pages/routes.ts';

const nameAt = (path: string): string | undefined => matchRoute(pages, path)?.route.name;

test('an address leads to its page', () => {
  expect(nameAt('/')).toBe('start');
  expect(nameAt('/sites')).toBe('sites');
  expect(nameAt('/sites/')).toBe('sites');
  expect(nameAt('/sites/algebra')).toBe('site');
  expect(nameAt('/runs/0198c5de-0000-7000-8000-000000000001')).toBe('run');
  expect(nameAt('/admin/people')).toBe('people');
  expect(nameAt('/sites/algebra/pages')).toBe('notFound');
  expect(nameAt('/SITES')).toBe('notFound');
});

test('parameters travel through an address unharmed', () => {
  for (const site of ['18.065', 'a/b', 'día & noche?', '100%', 'per%cent', 'ümlaut']) {
    expect(matchRoute(pages, pathTo('site', { site }))).toEqual({ route: pages.find((page) => page.name === 'site'), params: { site } });
  }
});

test('an address that cannot be decoded is not found', () => {
  expect(nameAt('/sites/%zz')).toBe('notFound');
});

test('empty values stay out of the query, and a missing parameter is a fault of ours', () => {
  expect(buildPath('/runs', {}, { site: 'a b', state: '', process: undefined })).toBe('/runs?site=a+b');
  expect(() => buildPath('/sites/:site')).toThrow('needs site');
});

test('after signing in one goes to a place of the studio only', () => {
  expect(ownPlace('/sites/algebra?x=1')).toBe('/sites/algebra?x=1');
  for (const foreign of [null, '', 'sites', '//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '/sites\u0009', '/api/v1/me', '/auth/saml/login', '/sign-in?returnTo=/', '/sign-in']) {
    expect(ownPlace(foreign), String(foreign)).toBe('/');
  }
  expect(ownPlace('/sign-inside')).toBe('/sign-inside');
});
