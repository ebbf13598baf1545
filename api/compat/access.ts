import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { actorOf, type AuditActor } from '../audited.ts';
import type { Authentication } from '../auth/authenticate.ts';
import type { Principal } from '../auth/principal.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import { CompatError } from './CompatError.ts';

/** Who may call a route: themes need no sign-in, builders bring a token, a webhook proves itself by what it sends. */
export type CompatAccess = 'anyone' | 'builder' | 'globalAdmin' | 'webhook';

/** Who calls. A builder has the rights of a machine with all rights. */
export interface CompatCaller {
  readonly principal: Principal | null;
  readonly isBuilder: boolean;
}

const NO_CREDENTIALS = 'Authentication credentials were not provided.';
const NO_PERMISSION = 'You do not have permission to perform this action.';

/** Compares two secrets in a time that tells nothing of them; an unset one is like no other. */
export function isSameSecret(given: string, expected: string | undefined): boolean {
  if (expected === undefined || expected === '') return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Who sends this request, if they may.
 * @throws {CompatError} 403 when not, as the existing system answers both who is unknown and who lacks the right.
 */
export async function admit(ctx: Context, access: CompatAccess, deps: { readonly authentication: Authentication; readonly sharedToken: string | undefined }): Promise<CompatCaller> {
  if (access === 'webhook') return { principal: null, isBuilder: false };
  const [, bearer] = /^Bearer (.+)$/i.exec(ctx.get('authorization')) ?? [];
  if (bearer !== undefined && isSameSecret(bearer, deps.sharedToken)) {
    if (access === 'globalAdmin') throw new CompatError(403, NO_PERMISSION);
    return { principal: null, isBuilder: true };
  }
  const principal = await deps.authentication.principalOf(ctx);
  const isBuilder = principal !== null && studioPolicy.build(principal);
  const isAdmitted = access === 'anyone' || (access === 'builder' ? isBuilder : principal?.kind === 'person' && principal.globalRoles.has('global_admin'));
  if (!isAdmitted) throw new CompatError(403, principal === null ? NO_CREDENTIALS : NO_PERMISSION);
  return { principal, isBuilder };
}

/** Who calls, as the audit log keeps it. */
export function compatActor(caller: CompatCaller): AuditActor {
  if (caller.principal !== null) return actorOf(caller.principal);
  return caller.isBuilder ? { kind: 'token', userId: null, name: 'the builders’ shared token' } : { kind: 'nobody', userId: null, name: 'somebody who is not known' };
}
