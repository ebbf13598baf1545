import { extendZodWithOpenApi, OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { RouteContract } from './contracts/contract.ts';
import { codesOf } from './contracts/codesOf.ts';
import { errorBodySchema, errorStatus } from './contracts/errors.ts';
import { contracts, type RouteKey } from './contracts/index.ts';

extendZodWithOpenApi(z);

/** The OpenAPI 3.1 document of every contract. */
export function createOpenApi(options: { readonly version: string; readonly baseUrl: string; readonly cookieName: string }): ReturnType<OpenApiGeneratorV31['generateDocument']> {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: options.cookieName });
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  for (const key of Object.keys(contracts) as RouteKey[]) registry.registerPath(pathOf(key, contracts[key]));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'OCW Studio', version: options.version, description: 'Starts and shows the long-running processes of the studio. What takes long answers 202 with a request to look at.' },
    servers: [{ url: options.baseUrl }],
  });
}

const mediaTypes = { eventStream: 'text/event-stream', csv: 'text/csv', file: 'application/octet-stream' } as const;

function pathOf(key: RouteKey, contract: RouteContract): RouteConfig {
  const [method = 'GET', path = ''] = key.split(' ');
  const byStatus = new Map<number, string[]>();
  for (const code of codesOf(key, contract)) byStatus.set(errorStatus[code], [...(byStatus.get(errorStatus[code]) ?? []), code]);
  const errors = Object.fromEntries([...byStatus].map(([status, names]) => [status, { description: names.join(', '), content: { 'application/json': { schema: errorBodySchema } } }]));
  const success = typeof contract.response === 'string' ? { [mediaTypes[contract.response]]: { schema: z.string() } } : { 'application/json': { schema: contract.response } };
  return {
    method: method.toLowerCase() as RouteConfig['method'],
    path: path.replace(/:(\w+)/g, '{$1}'),
    operationId: key.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, ''),
    summary: contract.summary,
    ...(contract.access === 'signedIn' ? { security: [{ session: [] }, { token: [] }] } : {}),
    request: {
      ...(contract.params === undefined ? {} : { params: contract.params as z.ZodObject }),
      ...(contract.query === undefined ? {} : { query: contract.query as z.ZodObject }),
      ...(contract.body === undefined ? {} : { body: contract.body === 'binary' ? { content: { 'application/gzip': { schema: z.string().openapi({ format: 'binary' }) } } } : { required: true, content: { 'application/json': { schema: contract.body } } } }),
    },
    responses: { [contract.status]: { description: 'Success', content: success }, ...errors },
  };
}
