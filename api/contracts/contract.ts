import type { z } from 'zod';
import type { AuditAction } from '#domain/audit.ts';
import type { ErrorCode } from './errors.ts';

/**
 * One route, said once: the router validates with it, the OpenAPI document is generated from it, and the
 * studio and the command line derive their types from it. `Access` says who may call at all; rights on
 * the subject are decided by a policy in the route.
 */
export interface RouteContract {
  readonly summary: string;
  readonly access: 'anyone' | 'signedIn';
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** A JSON body; `'binary'` means the raw request stream is handed to the route. */
  readonly body?: z.ZodType | 'binary';
  readonly status: 200 | 201 | 202 | 204;
  /** `'csv'`, `'eventStream'` and `'file'` are written by the route itself. */
  readonly response: z.ZodType | 'eventStream' | 'csv' | 'file';
  /** Codes the route may answer beside the general ones (see `codesOf.ts`). */
  readonly errors: readonly ErrorCode[];
  /** What the audit log calls it; every route that changes something has one, or is told of elsewhere (`test/api/audit.test.ts`). */
  readonly audit?: AuditAction;
  /** Whether it may be asked about an archived site although it changes something. */
  readonly takesArchived?: true;
}

/** Keeps the literal types of a table of contracts keyed by `METHOD /path/:param`. */
export function defineContracts<const T extends Record<`${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`, RouteContract>>(
  contracts: T,
): T {
  return contracts;
}
