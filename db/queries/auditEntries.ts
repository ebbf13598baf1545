import { v7 as uuidv7 } from 'uuid';
import type { AuditAction, AuditOutcome } from '#domain/audit.ts';
import type { Db } from '../knex.ts';

export interface NewAuditEntry {
  readonly action: AuditAction;
  readonly actor: { readonly kind: 'person' | 'token' | 'nobody'; readonly userId: string | null; readonly name: string; readonly impersonatorId?: string | null };
  /** What the request names, such as `{ site, run }`; its site is found by the name or by the run. */
  readonly target?: Readonly<Record<string, string>>;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly ip?: string | null;
  /** Left out, the entry waits for `endAuditEntry`. */
  readonly outcome?: AuditOutcome;
  readonly code?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Writes one line of the audit log; within a transaction, with what it tells of. @returns its id. */
export async function insertAuditEntry(db: Db, entry: NewAuditEntry): Promise<string> {
  const id = uuidv7();
  const { site = null, run = null } = entry.target ?? {};
  await db('audit_entries').insert({
    id,
    action: entry.action,
    actor_id: entry.actor.userId,
    actor_name: entry.actor.name,
    actor_kind: entry.actor.kind,
    impersonator_id: entry.actor.impersonatorId ?? null,
    site_id: db.raw('coalesce((select id from sites where name = ?), (select site_id from runs where id = ?::uuid))', [site, run !== null && UUID.test(run) ? run : null]),
    site_name: db.raw('coalesce((select name from sites where name = ?), (select sites.name from runs join sites on sites.id = runs.site_id where runs.id = ?::uuid))', [site, run !== null && UUID.test(run) ? run : null]),
    target: JSON.stringify(entry.target ?? {}),
    detail: JSON.stringify(entry.detail ?? {}),
    ip: entry.ip ?? null,
    outcome: entry.outcome ?? null,
    code: entry.code ?? null,
  });
  return id;
}

/** Says what came of an entry; one that has an outcome keeps it. */
export async function endAuditEntry(db: Db, id: string, end: { readonly outcome: AuditOutcome; readonly code?: string | undefined; readonly detail: Readonly<Record<string, unknown>> }): Promise<void> {
  await db('audit_entries')
    .where({ id })
    .whereNull('outcome')
    .update({ outcome: end.outcome, code: end.code ?? null, detail: db.raw('detail || ?::jsonb', [JSON.stringify(end.detail)]), updated_at: db.fn.now() });
}
