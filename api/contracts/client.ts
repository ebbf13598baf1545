import type { z } from 'zod';
import type { Contracts, RouteKey } from './index.ts';

type Part<C, K extends 'params' | 'query' | 'body'> = C extends Record<K, infer S> ? (S extends z.ZodType ? z.input<S> : S extends 'binary' ? Blob | ReadableStream<Uint8Array> : never) : undefined;

/** What a caller gives for a route: path parameters, query and body as its contract says; empty parts may be left out. */
export type Input<K extends RouteKey> = {
  [P in 'params' | 'query' | 'body' as Part<Contracts[K], P> extends undefined ? never : P]: Part<Contracts[K], P>;
};

/** What a route answers when it succeeds. */
export type Output<K extends RouteKey> = Contracts[K] extends { readonly response: infer S } ? (S extends z.ZodType ? z.output<S> : S extends 'csv' ? string : never) : never;

/** The one function a client has. */
export type Call = <K extends RouteKey>(key: K, input: Input<K>) => Promise<Output<K>>;

export type { RouteKey };
