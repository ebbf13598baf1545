import type { Context } from 'koa';
import { endAuditEntry, insertAuditEntry } from '#db/queries/auditEntries.ts';
import type { AuditAction, AuditActorKind } from '#domain/audit.ts';
import { ApiError } from './apiError.ts';
import type { Principal } from './auth/principal.ts';
import { CompatError } from './compat/CompatError.ts';
import type { ApiDeps } from './deps.ts';

type Note = (detail: Readonly<Record<string, unknown>>) => void;
export interface AuditActor {
  readonly kind: AuditActorKind;
  readonly userId: string | null;
  readonly name: string;
  readonly impersonatorId?: string | null;
}
export type Audited = <T>(request: { readonly action: AuditAction; readonly actor: AuditActor; readonly ctx: Context; readonly target?: Readonly<Record<string, string>> }, work: (note: Note) => Promise<T>) => Promise<T>;

/** Who acts, as the audit log keeps it. */
export function actorOf(who: Principal): AuditActor {
  return { kind: who.kind, userId: who.userId, name: who.name, impersonatorId: who.impersonator?.userId ?? null };
}

/**
 * Runs what somebody asked for between two writes of the audit log: that they asked, before anything happens, and what came of it.
 * A process that dies in between leaves an entry without an outcome, never a change without an entry.
 */
export function createAudited({ db, log }: Pick<ApiDeps, 'db' | 'log'>): Audited {
  return async ({ action, actor, ctx, target }, work) => {
    const detail: Record<string, unknown> = {};
    const id = await insertAuditEntry(db, { action, actor, target: target ?? (ctx['params'] as Record<string, string>), ip: ctx.ip });
    // What was asked for is done or not, whatever becomes of this line.
    const end = (outcome: 'done' | 'refused' | 'failed', code?: string): Promise<void> => endAuditEntry(db, id, { outcome, code, detail }).catch((error: unknown) => log.error({ err: error, entry: id }, 'The audit log could not be told what came of a request'));
    try {
      const answer = await work((more) => Object.assign(detail, more));
      await end('done');
      return answer;
    } catch (error) {
      const known = error instanceof ApiError || error instanceof CompatError ? error : undefined;
      await end(known !== undefined && known.status < 500 ? 'refused' : 'failed', known === undefined ? 'internal' : known instanceof ApiError ? known.code : String(known.status));
      throw error;
    }
  };
}
