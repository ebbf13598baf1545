import type { AuditAction } from './audit.ts';

export interface ProductEventDefinition {
  /** What it is called in PostHog. */
  readonly name: string;
  /** Fields of what was asked that go along, each with a word of the contract in it and never a text of somebody’s. */
  readonly properties?: readonly string[];
}

/**
 * What people do that is worth counting, by what the audit log calls it: the router tells of each once it is done. Nothing here says who somebody is,
 * and nothing that they wrote. What is not here is not told: sign-in, rights and the administration are the audit log’s alone.
 */
export const productEvents: { readonly [action in AuditAction]?: ProductEventDefinition } = {
  publish: { name: 'publish asked', properties: ['version'] },
  unpublish: { name: 'unpublish asked' },
  rollback: { name: 'rollback asked', properties: ['version'] },
  'mass-publish': { name: 'mass publish asked', properties: ['version'] },
  'offline-build': { name: 'offline build asked', properties: ['version'] },
  'site-move': { name: 'site move asked' },
  'review-ask': { name: 'review asked', properties: ['version'] },
  'approval-ask': { name: 'approval asked' },
  'review-approve': { name: 'review decided' },
  'review-reject': { name: 'review decided' },
  'review-publish': { name: 'review decided' },
  'review-schedule': { name: 'publish scheduled' },
  'captions-approve': { name: 'captions decided' },
  'captions-refuse': { name: 'captions decided' },
  'item-delete': { name: 'content deleted' },
  'item-undelete': { name: 'content brought back' },
  'site-create': { name: 'site created' },
  'site-change': { name: 'site changed' },
  'process-start': { name: 'process started' },
  'run-retry': { name: 'run retried' },
  'run-cancel': { name: 'run cancelled' },
};

export interface ProductEvent {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** A word of a contract, or an id. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/** What is told of something that somebody did, or undefined when nothing is. */
export function productEventOf(done: { readonly action: AuditAction; readonly route: string; readonly params: Readonly<Record<string, unknown>>; readonly body: unknown }): ProductEvent | undefined {
  const definition = productEvents[done.action];
  if (definition === undefined) return undefined;
  const body = typeof done.body === 'object' && done.body !== null ? (done.body as Readonly<Record<string, unknown>>) : {};
  const given = [['site', done.params['site']] as const, ['run', done.params['run']] as const, ...(definition.properties ?? []).map((name) => [name, body[name]] as const)];
  const words = given.filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string' && WORD.test(entry[1]));
  return { name: definition.name, properties: { action: done.action, route: done.route, ...Object.fromEntries(words) } };
}
