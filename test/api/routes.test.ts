import type Router from '@koa/router';
import { expect, test } from 'vitest';
import { createApp } from '#api/app.ts';
import { compatContracts } from '#api/compat/compatContracts.ts';
import { contracts } from '#api/contracts/index.ts';
import { spKeys } from './support/keys.ts';
import { useApi } from './support/testApi.ts';

const api = useApi();

type Layer = Router['stack'][number];

/** Every route of the application, as its routers hold them. */
async function layers(): Promise<Layer[]> {
  const app = createApp(api.deps, { spKeys: await spKeys(), strictAnswers: true });
  return app.middleware.flatMap((middleware) => ('router' in middleware ? (middleware.router as Router).stack : []));
}

const segmentsOf = (path: string): string[] => path.split('/');
const isParameter = (segment: string): boolean => segment.startsWith(':');

/** Concrete paths a route takes: each parameter as a word of its own, and as every word another route has at that place. */
function pathsOf(layer: Layer, all: readonly Layer[]): string[] {
  const choices = segmentsOf(String(layer.path)).map((segment, place) => {
    if (!isParameter(segment)) return [segment];
    const words = all.map((other) => segmentsOf(String(other.path))).filter((other) => other.length === segmentsOf(String(layer.path)).length).map((other) => other[place] ?? '').filter((word) => word !== '' && !isParameter(word));
    return [...new Set(['01890a5d-ac96-774b-8cce-b302099a8057', 'a-name', ...words])];
  });
  return choices.reduce<string[]>((paths, options) => paths.flatMap((path) => options.map((option) => (path === '' && option === '' ? '/' : `${path === '/' ? '' : path}/${option}`))), ['']).map((path) => path.replace(/^\/+/, '/'));
}

/** Requests that two routes would take, each in words. */
function clashes(all: readonly Layer[]): string[] {
  const found = new Set<string>();
  for (const layer of all) {
    for (const path of pathsOf(layer, all)) {
      for (const method of layer.methods) {
        const takers = all.filter((other) => other.methods.includes(method) && other.match(path));
        if (takers.length > 1) found.add(`${method} ${path}: ${takers.map((taker) => String(taker.path)).join(' and ')}`);
      }
    }
  }
  return [...found].sort();
}

test('every contract is a route, and no request is taken by two', async () => {
  const all = await layers();
  const registered = new Set(all.flatMap((layer) => layer.methods.map((method) => `${method} ${String(layer.path)}`)));
  expect([...Object.keys(contracts), ...Object.keys(compatContracts)].filter((key) => !registered.has(key))).toEqual([]);
  expect(all.length).toBeGreaterThan(Object.keys(contracts).length + Object.keys(compatContracts).length);
  for (const layer of all) for (const path of pathsOf(layer, all).slice(0, 1)) expect(layer.match(path), `${String(layer.path)} takes ${path}`).toBe(true);
  expect(clashes(all)).toEqual([]);
});

test('two routes for one request would be seen', async () => {
  const all = await layers();
  const [first] = all.filter((layer) => String(layer.path) === '/api/v1/sites/:site' && layer.methods.includes('GET'));
  if (first === undefined) throw new Error('There is no such route');
  const other = Object.create(first, { path: { value: '/api/v1/:anything/all' }, match: { value: (path: string) => /^\/api\/v1\/[^/]+\/all$/.test(path) } }) as Layer;
  expect(clashes([...all, other])).toContain('GET /api/v1/sites/all: /api/v1/sites/:site and /api/v1/:anything/all');
});
