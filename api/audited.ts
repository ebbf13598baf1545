import type { Context } from 'koa';
import { endAuditEntry, insertAuditEntry } from '#db/queries/auditEntries.ts';
import type { AuditAction, AuditActorKind } from '#domain/audit.ts';
import { productEventOf } from '#domain/productEvents.ts';
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
/** What the route was given, for what counts as an event of the product; told of those who are signed in. */
interface AskedThere {
  readonly route: string;
  readonly who: Principal;
  readonly body: unknown;
}

export type Audited = <T>(request: { readonly action: AuditAction; readonly actor: AuditActor; readonly ctx: Context; readonly target?: Readonly<Record<string, string>>; readonly asked?: AskedThere }, work: (note: Note) => Promise<T>) => Promise<T>;

/** Who acts, as the audit log keeps it. */
export function actorOf(who: Principal): AuditActor {
  return { kind: who.kind, userId: who.userId, name: who.name, impersonatorId: who.impersonator?.userId ?? null };
}

/**
 * Runs what somebody asked for between two writes of the audit log: that they asked, before anything happens, and what came of it.
 * What counts as an event of the product (`domain/productEvents.ts`) is told here, too, once it is done.
 * A process that dies in between leaves an entry without an outcome, never a change without an entry.
 */
export function createAudited({ db, log, analytics }: Pick<ApiDeps, 'db' | 'log' | 'analytics'>): Audited {
  return async ({ action, actor, ctx, target, asked }, work) => {
    const detail: Record<string, unknown> = {};
    const id = await insertAuditEntry(db, { action, actor, target: target ?? (ctx['params'] as Record<string, string>), ip: ctx.ip });
    // What was asked for is done or not, whatever becomes of this line.
    const end = (outcome: 'done' | 'refused' | 'failed', code?: string): Promise<void> => endAuditEntry(db, id, { outcome, code, detail }).catch((error: unknown) => log.error({ err: error, entry: id }, 'The audit log could not be told what came of a request'));
    try {
      const answer = await work((more) => Object.assign(detail, more));
      await end('done');
      const event = asked === undefined ? undefined : productEventOf({ action, route: asked.route, params: ctx['params'] as Record<string, string>, body: asked.body });
      if (event !== undefined && asked !== undefined) analytics.capture(event, asked.who);
      return answer;
    } catch (error) {
      const known = error instanceof ApiError || error instanceof CompatError ? error : undefined;
      await end(known !== undefined && known.status < 500 ? 'refused' : 'failed', known === undefined ? 'internal' : known instanceof ApiError ? known.code : String(known.status));
      throw error;
    }
  };
}
