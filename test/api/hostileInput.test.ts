import { request as httpRequest } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contracts, type RouteKey } from '#api/contracts/index.ts';
import type { RouteContract } from '#api/contracts/contract.ts';
import { ownPath } from '#api/auth/ownPath.ts';
import { markFault, nameFault, storedName, svgFault, uploadTypes } from '#domain/uploadTypes.ts';
import { expectLinear, filled, hostileUnits, least } from '#test/support/slowTexts.ts';
import { everyRoute } from './support/everyRoute.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { type Caller, useApi } from './support/testApi.ts';

const api = useApi({ env: { TRUSTED_PROXY_HOPS: '1', API_BEARER_TOKEN: 'the builders token' } });
let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeContentSite(api.db, 'algebra');
  await makeContentSite(api.db, 'ocw-www');
});

/** Runs work for each, some at a time. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>, width = 8): Promise<void> {
  const waiting = all.values();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const one of waiting) await work(one);
  }));
}

describe('a host that somebody makes up', () => {
  const FORGED: Readonly<Record<string, string>> = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-server': 'evil.example',
    'x-forwarded-proto': 'evil',
    'x-forwarded-port': '31337',
    'x-forwarded-prefix': '/evil.example',
    'x-host': 'evil.example',
    'x-original-url': '/evil.example',
    'x-rewrite-url': '/evil.example',
    'x-original-host': 'evil.example',
    forwarded: 'host=evil.example;proto=https',
    origin: 'https://evil.example',
    referer: 'https://evil.example/page',
  };

  /** Status, headers and as much of the body as comes before it is known. */
  function ask(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<string> {
    return new Promise((resolve, reject) => {
      const url = new URL(api.url);
      const request = httpRequest({ host: url.hostname, port: url.port, method, path, headers }, (answer) => {
        let text = JSON.stringify(answer.headers);
        const end = (): void => {
          resolve(`${answer.statusCode ?? 0} ${text}`);
          request.destroy();
        };
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
          // A stream of events has no end.
          if (answer.headers['content-type']?.startsWith('text/event-stream') === true) end();
        });
        answer.on('end', end);
        answer.on('error', reject);
      });
      request.on('error', reject);
      request.end();
    });
  }

  test('is in no answer of any route: addresses are made from STUDIO_BASE_URL alone', { timeout: 120_000 }, async () => {
    const routes = await everyRoute(api.deps, { site: 'algebra', name: 'algebra', item: 'sitemetadata' });
    const found: string[] = [];
    await each(routes, async ({ method, path, key }) => {
      for (const who of [{}, { cookie: ada.headers['cookie'] ?? '' }, { authorization: 'Bearer the builders token' }] as Record<string, string>[]) {
        const { authorization: _token, ...rest } = who;
        const answer = await ask(method, path, { ...FORGED, ...(method === 'GET' ? who : rest) });
        if (/evil|31337/.test(answer)) found.push(`${key}: ${answer.slice(0, 300)}`);
      }
    });
    expect(found).toEqual([]);
    for (const page of ['/', '/sites', '/saml/metadata', '/api/openapi.json', '/api/websites/?limit=1']) expect(await ask('GET', page, FORGED)).not.toMatch(/evil|31337/);
    // What has addresses in it has ours.
    expect(await ask('GET', '/saml/metadata', FORGED)).toContain(`${api.url}/auth/saml/acs`);
  });

  test.each(['//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example', 'https:evil.example', 'javascript:alert(1)', 'data:text/html,x', '/\t/evil.example', '/\n/evil.example', '\u0000//evil.example', ' //evil.example', '/%2f/evil.example/..//evil.example', 'evil.example', '@evil.example', '.evil.example', '/\u2028/evil.example', 'x'.repeat(10_000)])('is not where %j leads after sign-in', (wish) => {
    const path = ownPath(wish);
    const led = new URL(path, 'https://studio.example');
    expect([led.origin, path.startsWith('/') && !path.startsWith('//')]).toEqual(['https://studio.example', true]);
    expect(path).not.toMatch(/[\r\n]/);
  });
});

describe('what would be SQL, a path, a program or a pattern elsewhere', () => {
  const PAYLOADS = ["' or '1'='1", "'; drop table sites; --", '%27%20or%201=1', '$1 ?? ? \\', '%_%\\', '../../../etc/passwd', '{{ 7*7 }} ${7*7} <%= 7 %>', '$(id) `id` | id', '\u{1F600}\u202E\uFFFF', '(a+)+$ [[:alpha:]] (?:', ')(|(uid=*', '9'.repeat(40), '-1', 'null', '__proto__'];

  interface Schema {
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly const?: unknown;
    readonly default?: unknown;
    readonly format?: string;
    readonly pattern?: string;
    readonly minimum?: number;
    readonly minLength?: number;
    readonly minItems?: number;
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
    readonly oneOf?: readonly Schema[];
    readonly properties?: Readonly<Record<string, Schema>>;
  }
  const schemaOf = (schema: z.ZodType | undefined): Schema => (schema === undefined ? {} : (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema));

  /** Something the schema takes, as far as that can be guessed. */
  function sample(schema: Schema): unknown {
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return schema.enum[0];
    const [first] = schema.anyOf ?? schema.oneOf ?? [];
    if (first !== undefined) return sample(first);
    if (schema.type === 'object') return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, sample(inner)]));
    if (schema.type === 'array') return schema.items === undefined ? [] : [sample(schema.items)];
    if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1);
    if (schema.type === 'boolean') return true;
    if (schema.format === 'uuid') return '01890000-0000-7000-8000-000000000000';
    if (schema.format === 'date-time') return '2030-01-01T00:00:00.000Z';
    if (schema.format === 'email') return 'somebody@example.edu';
    if (schema.format === 'uri') return 'https://example.edu/';
    if (schema.pattern?.includes('0-9a-f') === true) return 'a'.repeat(64);
    return 'algebra';
  }

  /** The same, with one of its texts replaced, once for each text. */
  function* withEach(value: unknown, payload: string): Generator<unknown> {
    if (typeof value === 'string') yield payload;
    else if (Array.isArray(value)) for (const [at, inner] of value.entries()) for (const changed of withEach(inner, payload)) yield value.with(at, changed);
    else if (typeof value === 'object' && value !== null) for (const [name, inner] of Object.entries(value)) for (const changed of withEach(inner, payload)) yield { ...value, [name]: changed };
  }

  test('in a parameter of an address or a query breaks nothing', { timeout: 240_000 }, async () => {
    const asked: string[] = [];
    for (const [key, contract] of Object.entries<RouteContract>(contracts)) {
      if (!key.startsWith('GET ') || contract.response === 'eventStream') continue;
      const [, template = ''] = key.split(' ');
      const params = Object.keys(schemaOf(contract.params).properties ?? {});
      const query = Object.entries(schemaOf(contract.query).properties ?? {});
      const fill = (put?: readonly [string, string]): string => template.replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(put?.[0] === name ? put[1] : name === 'site' ? 'algebra' : name === 'item' ? 'sitemetadata' : '01890000-0000-7000-8000-000000000000'));
      for (const payload of PAYLOADS) {
        for (const name of params) asked.push(fill([name, payload]));
        for (const [name] of query) asked.push(`${fill()}?${new URLSearchParams({ ...Object.fromEntries(query.filter(([other, schema]) => other !== name && schema.default === undefined).map(([other, schema]): [string, string] => [other, String(sample(schema))])), [name]: payload }).toString()}`);
        for (const [name] of query) asked.push(`${fill()}?${name}=${encodeURIComponent(payload)}&${name}=x&${name}[]=y`);
      }
    }
    expect(asked.length).toBeGreaterThan(1_000);
    const broken: string[] = [];
    await each(asked, async (path) => {
      const { status, text } = await api.send('GET', path, { headers: ada.headers });
      if (status === 500 || /syntax error|invalid input syntax|pg_|knex|node_modules/i.test(text)) broken.push(`${path}: ${status} ${text.slice(0, 150)}`);
    });
    expect(broken).toEqual([]);
    expect(await api.db('sites').where({ name: 'algebra' })).toHaveLength(1);
  });

  test('in a text of a body breaks nothing', { timeout: 240_000 }, async () => {
    const asked: (readonly [RouteKey, unknown])[] = [];
    for (const [key, contract] of Object.entries(contracts) as [RouteKey, RouteContract][]) {
      if (contract.body === undefined || contract.body === 'binary') continue;
      const good = sample(schemaOf(contract.body));
      for (const payload of PAYLOADS) for (const body of withEach(good, payload)) asked.push([key, body]);
    }
    expect(asked.length).toBeGreaterThan(500);
    const broken: string[] = [];
    await each(asked, async ([key, body]) => {
      const [method = '', template = ''] = key.split(' ');
      const path = template.replace(/:(\w+)/g, (_whole, name: string) => (name === 'site' ? 'algebra' : name === 'item' ? 'sitemetadata' : '01890000-0000-7000-8000-000000000000'));
      const { status, text } = await api.send(method, path, { headers: ada.headers, body });
      if (status === 500 || /syntax error|invalid input syntax|pg_|knex|node_modules/i.test(text)) broken.push(`${key} ${JSON.stringify(body).slice(0, 200)}: ${status} ${text.slice(0, 150)}`);
    });
    expect(broken).toEqual([]);
    expect(await api.db('sites').where({ name: 'algebra' })).toHaveLength(1);
  });

  test('in a query of the existing system’s API breaks nothing', { timeout: 60_000 }, async () => {
    const names = ['limit', 'offset', 'type', 'search', 'published', 'sort', 'version', 'starter', 'state', 'code', 'error'];
    const broken: string[] = [];
    await each(['/api/websites/', '/api/publish/', '/api/unpublish/', '/api/starters/', '/api/websites/algebra/hide_download/', '/api/youtube-tokens/'].flatMap((path) => names.flatMap((name) => PAYLOADS.map((payload) => `${path}?${new URLSearchParams({ [name]: payload }).toString()}`))), async (path) => {
      const { status, text } = await api.send('GET', path, { headers: path.startsWith('/api/youtube') ? ada.headers : { authorization: 'Bearer the builders token' } });
      if (status >= 500) broken.push(`${path}: ${status} ${text.slice(0, 150)}`);
    });
    expect(broken).toEqual([]);
  });
});

describe('a text that is made to be slow', () => {
  test.each(hostileUnits)('of %s is saved, read and checked in a time that grows with its length', { timeout: 60_000 }, async (_what, unit) => {
    const items = itemsOf(api, 'algebra', ada);
    const made = await items.made({ type: 'page', title: 'Slow' });
    let { revision } = made;
    await expectLinear(async (characters) => {
      const saved = await api.send('PATCH', `/api/v1/sites/algebra/items/${made.textId}`, { headers: ada.headers, body: { revision, markdown: filled(unit, characters), metadata: { description: filled(unit, characters) } } });
      if (saved.status !== 200) throw new Error(`${saved.status} ${saved.text.slice(0, 200)}`);
      ({ revision } = saved.json as { revision: number });
      for (const path of [`/api/v1/sites/algebra/items/${made.textId}/references`, `/api/v1/sites/algebra/validation`, `/api/v1/sites/algebra/items?search=${encodeURIComponent(unit.repeat(20).slice(0, 150))}`, `/api/v1/pickers/items?site=algebra&search=${encodeURIComponent(unit.repeat(20).slice(0, 150))}`]) {
        const answer = await api.send('GET', path, { headers: ada.headers });
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
      }
    }, 400);
  });

  test.each(hostileUnits)('of %s in a title, a search or an address is answered in a time that grows with its length', { timeout: 60_000 }, async (_what, unit) => {
    await expectLinear(async (characters) => {
      for (const [method, path, body] of [
        ['POST', '/api/v1/sites/algebra/items', { type: 'page', title: filled(unit, characters) }],
        ['POST', '/api/v1/sites/algebra/items', { type: 'external-resource', title: 'x', metadata: { external_url: filled(unit, characters) } }],
        ['POST', '/api/v1/sites', { name: filled(unit, characters), title: filled(unit, characters), starter: 'content' }],
        ['POST', '/api/v1/grants', { email: filled(unit, characters), role: 'editor', site: 'algebra' }],
        ['POST', '/api/v1/sites/algebra/uploads', { name: filled(unit, characters), type: '', size: 1, sha256: 'a'.repeat(64) }],
      ] as const) {
        const { status, text } = await api.send(method, path, { headers: ada.headers, body });
        if (status >= 500) throw new Error(`${path}: ${status} ${text.slice(0, 200)}`);
      }
    }, 400);
  });

  test('as a drawing or as the beginning of a file is judged in a time that grows with its length', { timeout: 120_000 }, async () => {
    for (const [, unit] of [...hostileUnits, ['', 'href'] as const, ['', 'href='] as const, ['', 'href= "'] as const, ['', ' on'] as const, ['', ' ona'] as const, ['', 'url('] as const, ['', 'url( "'] as const, ['', '<animate'] as const, ['', '&#1'] as const, ['', '&#x'] as const]) {
      await expectLinear((characters) => svgFault(filled(unit, characters)));
      await expectLinear((characters) => [nameFault(filled(unit, characters)), storedName(`${filled(unit, characters)}.pdf`)]);
      const head = new TextEncoder().encode(unit.repeat(4_096)).subarray(0, 4_096);
      for (const type of Object.values(uploadTypes)) expect(await least(() => markFault(type, head), 1)).toBeLessThan(1_000);
    }
  });
});
