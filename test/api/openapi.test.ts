import { expect, test } from 'vitest';
import { codesOf } from '#api/contracts/codesOf.ts';
import type { RouteContract } from '#api/contracts/contract.ts';
import { errorStatus } from '#api/contracts/errors.ts';
import { contracts } from '#api/contracts/index.ts';
import { useApi } from './support/testApi.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: unknown;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Record<string, unknown> };
  readonly responses: Record<string, { readonly description: string; readonly content: Record<string, unknown> }>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
}

const api = useApi();
const entries = Object.entries(contracts) as [string, RouteContract][];
const read = async (): Promise<Document> => (await api.send('GET', '/api/openapi.json')).json as Document;

test('the document holds every contract and nothing else', async () => {
  const document = await read();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info.version).toBe('0.0.0-test');
  const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`));
  expect(described.sort()).toEqual(entries.map(([key]) => key).sort());
});

test.each(entries)('%s is described as its contract says', async (key, contract) => {
  const [method = '', path = ''] = key.split(' ');
  const operation = (await read()).paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${key} is not described`);
  expect(operation.summary).toBe(contract.summary);
  expect(operation.security !== undefined).toBe(contract.access === 'signedIn');
  const inPath = [...path.matchAll(/:(\w+)/g)].map((match) => match[1]);
  expect(operation.parameters?.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name) ?? []).toEqual(inPath);
  expect(Object.keys(operation.requestBody?.content ?? {})).toEqual(contract.body === undefined ? [] : contract.body === 'binary' ? ['application/gzip'] : ['application/json']);

  const success = operation.responses[String(contract.status)];
  expect(Object.keys(success?.content ?? {})).toEqual([typeof contract.response === 'string' ? { eventStream: 'text/event-stream', csv: 'text/csv', file: 'application/octet-stream' }[contract.response] : 'application/json']);
  const codes = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
  expect(codes.flatMap(([, answer]) => answer.description.split(', ')).sort()).toEqual(codesOf(key, contract).sort());
  for (const [status, answer] of codes) for (const code of answer.description.split(', ')) expect(errorStatus[code as keyof typeof errorStatus]).toBe(Number(status));
});

test('every reference in the document leads somewhere and no two operations share an id', async () => {
  const document = await read();
  const text = JSON.stringify(document);
  for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = pointer.split('/').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), document);
    expect(found, pointer).toBeDefined();
  }
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((operation) => operation.operationId));
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^\w+$/);
});
