import type { z } from 'zod';
import type { RouteKey } from '../../../api/contracts/index.ts';
import { xssCorpus } from '../../support/xssCorpus.ts';

/** What answers are told apart and found again by: with another text in it a page would show nothing at all. */
const KEPT = new Set(['id', 'textId', 'item', 'runId', 'fileId', 'videoId', 'youtubeId', 'instance', 'edit', 'site', 'type', 'widget', 'collection', 'collections', 'display_field', 'field', 'folder', 'slug', 'process', 'rule', 'rules', 'language', 'resourcetype', 'external_url', 'phase', 'dirpath', 'urlPath', 'shortId', 'identifier', 'parent', 'resource', 'value', 'equals', 'widgets', 'next', 'group', 'bucket', 'version', 'dsn', 'release', 'environment', 'redirectTo', 'bodyDiff', 'action', 'kind', 'state', 'secret', 'key', 'theme']);
/** Whose `name` is an id. */
const NAMED_BY_ID = new Set(['site', 'sites', 'kinds', 'fields', 'sections', 'levels', 'rules']);
const ADDRESS = /^(?:url|href)$|Url$/;

const addresses = xssCorpus.filter(({ kind }) => kind === 'address');
const others = xssCorpus.filter(({ kind }) => kind !== 'address');

type Def = { readonly type: string; readonly shape?: Record<string, z.ZodType>; readonly element?: z.ZodType; readonly innerType?: z.ZodType; readonly options?: readonly z.ZodType[]; readonly valueType?: z.ZodType; readonly in?: z.ZodType; readonly left?: z.ZodType; readonly right?: z.ZodType };
const defOf = (schema: z.ZodType): Def => schema._zod.def as unknown as Def;

/** Puts vectors into every text of an answer that its contract lets be any text, so that a page meets them wherever it shows something. */
export class PoisonAnswers {
  private turn = 0;

  /** `schema` is the contract of what the route answers. */
  of(key: RouteKey, schema: z.ZodType, answer: unknown): unknown {
    return this.walk(schema, answer, { name: '', within: /^GET \/api\/v1\/sites\/:site$|^POST \/api\/v1\/sites$/.test(key) ? 'site' : '', isKind: /kinds/.test(key) });
  }

  /** The next vectors, one after the other, so that all have their turn. */
  next(count: number): string {
    return Array.from({ length: count }, () => others[(this.turn += 1) % others.length]?.text ?? '').join(' ');
  }

  private walk(schema: z.ZodType | undefined, value: unknown, at: { readonly name: string; readonly within: string; readonly isKind: boolean }): unknown {
    if (typeof value === 'string') return this.text(schema, value, at);
    if (typeof value !== 'object' || value === null) return value;
    const def = schema === undefined ? undefined : defOf(schema);
    if (def?.innerType !== undefined) return this.walk(def.innerType, value, at);
    if (def?.in !== undefined) return this.walk(def.in, value, at);
    if (def?.options !== undefined) return this.walk(def.options.find((option) => option.safeParse(value).success), value, at);
    if (Array.isArray(value)) return value.map((one: unknown) => this.walk(def?.element, one, at));
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.walk(def?.shape?.[name] ?? def?.valueType ?? partOf(def, name), inner, { name, within: at.name === '' ? at.within : at.name, isKind: at.isKind })]));
  }

  private text(schema: z.ZodType | undefined, value: string, { name, within, isKind }: { readonly name: string; readonly within: string; readonly isKind: boolean }): string {
    if (KEPT.has(name) || (name === 'name' && NAMED_BY_ID.has(within)) || (isKind && (name === 'file' || name === 'options'))) return value;
    // The start of an address decides what it is; anything else goes on to be found by how it began.
    this.turn += 1;
    const poisoned = ADDRESS.test(name) ? (addresses[this.turn % addresses.length]?.text ?? '') : `${value} ${this.next(3)}`;
    return schema === undefined || schema.safeParse(poisoned).success ? poisoned : value;
  }
}

function partOf(def: Def | undefined, name: string): z.ZodType | undefined {
  for (const side of [def?.left, def?.right]) {
    const found = side === undefined ? undefined : defOf(side).shape?.[name];
    if (found !== undefined) return found;
  }
  return undefined;
}
