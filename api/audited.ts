import type { Context } from 'koa';
import { endAuditEntry, insertAuditEntry } from '#db/queries/auditEntries.ts';
import type { AuditAction } from '#domain/audit.ts';
import { productEventOf } from '#domain/productEvents.ts';
import { ApiError } from './apiError.ts';
import type { Principal } from './auth/principal.ts';
import type { ApiDeps } from './deps.ts';

type Note = (detail: Readonly<Record<string, unknown>>) => void;
export type Audited = <T>(request: { readonly action: AuditAction; readonly route: string; readonly who: Principal; readonly body: unknown; readonly ctx: Context }, work: (note: Note) => Promise<T>) => Promise<T>;

/** Who acts, as the audit log keeps it. */
export function actorOf(who: Principal) {
  return { kind: who.kind, userId: who.userId, name: who.name, impersonatorId: who.impersonator?.userId ?? null };
}

/**
 * Runs what somebody asked for between two writes of the audit log: that they asked, before anything happens, and what came of it.
 * What counts as an event of the product (`domain/productEvents.ts`) is told here, too, once it is done.
 * A process that dies in between leaves an entry without an outcome, never a change without an entry.
 */
export function createAudited({ db, log, analytics }: Pick<ApiDeps, 'db' | 'log' | 'analytics'>): Audited {
  return async ({ action, route, who, body, ctx }, work) => {
    const detail: Record<string, unknown> = {};
    const id = await insertAuditEntry(db, { action, actor: actorOf(who), target: ctx['params'] as Record<string, string>, ip: ctx.ip });
    // What was asked for is done or not, whatever becomes of this line.
    const end = (outcome: 'done' | 'refused' | 'failed', code?: string): Promise<void> => endAuditEntry(db, id, { outcome, code, detail }).catch((error: unknown) => log.error({ err: error, entry: id }, 'The audit log could not be told what came of a request'));
    try {
      const answer = await work((more) => Object.assign(detail, more));
      await end('done');
      const event = productEventOf({ action, route, params: ctx['params'] as Record<string, string>, body });
      if (event !== undefined) analytics.capture(event, who);
      return answer;
    } catch (error) {
      const known = error instanceof ApiError ? error : undefined;
      await end(known !== undefined && known.status < 500 ? 'refused' : 'failed', known?.code ?? 'internal');
      throw error;
    }
  };
}
