import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import { type AuditAction, auditActions, type AuditActorKind, type AuditKind, type AuditOutcome } from '#domain/audit.ts';
import { isUuid } from '#domain/isUuid.ts';
import type { Db } from '../knex.ts';
import { containing } from './searches.ts';

export interface NewAuditEntry {
  readonly action: AuditAction;
  readonly actor: { readonly kind: AuditActorKind; readonly userId: string | null; readonly name: string; readonly impersonatorId?: string | null };
  /** What the request names, such as `{ site, run }`; its site is found by the name or by the run. */
  readonly target?: Readonly<Record<string, string>>;
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly ip?: string | null;
  /** Left out, the entry waits for `endAuditEntry`. */
  readonly outcome?: AuditOutcome;
  readonly code?: string;
}

/** Writes one line of the audit log; within a transaction, with what it tells of. @returns its id. */
export async function insertAuditEntry(db: Db, entry: NewAuditEntry): Promise<string> {
  const id = uuidv7();
  const { site = null, run = null } = entry.target ?? {};
  const runId = run !== null && isUuid(run) ? run : null;
  await db('audit_entries').insert({
    id,
    action: entry.action,
    actor_id: entry.actor.userId,
    actor_name: entry.actor.name,
    actor_kind: entry.actor.kind,
    impersonator_id: entry.actor.impersonatorId ?? null,
    site_id: db.raw('coalesce((select id from sites where name = ?), (select site_id from runs where id = ?::uuid))', [site, runId]),
    site_name: db.raw('coalesce((select name from sites where name = ?), (select sites.name from runs join sites on sites.id = runs.site_id where runs.id = ?::uuid))', [site, runId]),
    target: JSON.stringify(entry.target ?? {}),
    detail: JSON.stringify(entry.detail ?? {}),
    ip: entry.ip ?? null,
    outcome: entry.outcome ?? null,
    code: entry.code ?? null,
  });
  return id;
}

/** Says what came of an entry, and which site it is about when only its detail says so; one that has an outcome keeps it. */
export async function endAuditEntry(db: Db, id: string, end: { readonly outcome: AuditOutcome; readonly code?: string | undefined; readonly detail: Readonly<Record<string, unknown>> }): Promise<void> {
  const site = typeof end.detail['site'] === 'string' ? end.detail['site'] : null;
  await db('audit_entries')
    .where({ id })
    .whereNull('outcome')
    .update({
      outcome: end.outcome,
      code: end.code ?? null,
      detail: db.raw('detail || ?::jsonb', [JSON.stringify(end.detail)]),
      site_id: db.raw('coalesce(site_id, (select sites.id from sites where sites.name = ?))', [site]),
      site_name: db.raw('coalesce(site_name, (select sites.name from sites where sites.name = ?))', [site]),
      updated_at: db.fn.now(),
    });
}

/** Says what came of an order of captions that was told of before it was placed; one whose end is known keeps it. */
export async function endCaptionsEntry(db: Db, orderId: string, end: { readonly outcome: AuditOutcome; readonly code?: string }): Promise<void> {
  await db('audit_entries').where({ action: 'captions-order' }).whereNull('outcome').whereRaw(`detail ->> 'order' = ?`, [orderId]).update({ outcome: end.outcome, code: end.code ?? null, updated_at: db.fn.now() });
}

export interface AuditEntryRow {
  readonly id: string;
  readonly action: string;
  readonly actor: { readonly kind: AuditActorKind; readonly id: string | null; readonly name: string };
  readonly impersonator: { readonly id: string; readonly name: string } | null;
  readonly siteId: string | null;
  readonly siteName: string | null;
  readonly target: Readonly<Record<string, string>>;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly ip: string | null;
  readonly outcome: AuditOutcome | null;
  readonly code: string | null;
  readonly createdAt: Date;
}

export interface AuditFilter {
  /** Only of the site that is there now; a name also finds those of a site that is gone. */
  readonly siteId?: string | undefined;
  readonly siteName?: string | undefined;
  readonly kind?: AuditKind | undefined;
  readonly action?: string | undefined;
  /** An e-mail address, exactly, or a part of a name: who acted, in whose name, or who a right was given to. */
  readonly person?: string | undefined;
  readonly outcome?: AuditOutcome | 'unknown' | undefined;
  readonly since?: Date | undefined;
  /** Before this moment. */
  readonly until?: Date | undefined;
  /** A part of a name, of a site’s name, or of what the entry says beside. */
  readonly text?: string | undefined;
}

interface DbAuditEntry {
  id: string;
  action: string;
  actor_id: string | null;
  actor_name: string;
  actor_kind: AuditActorKind;
  impersonator_id: string | null;
  impersonator_name: string | null;
  site_id: string | null;
  site_name: string | null;
  target: Record<string, string>;
  detail: Record<string, unknown>;
  ip: string | null;
  outcome: AuditOutcome | null;
  code: string | null;
  created_at: Date;
}

function narrow(query: Knex.QueryBuilder, filter: AuditFilter): void {
  if (filter.siteId !== undefined) query.where('audit_entries.site_id', filter.siteId);
  if (filter.siteName !== undefined) query.where('audit_entries.site_name', filter.siteName);
  if (filter.kind !== undefined) query.whereIn('audit_entries.action', Object.entries(auditActions).filter(([, { kind }]) => kind === filter.kind).map(([action]) => action));
  if (filter.action !== undefined) query.where('audit_entries.action', filter.action);
  if (filter.outcome !== undefined) query.where({ 'audit_entries.outcome': filter.outcome === 'unknown' ? null : filter.outcome });
  if (filter.since !== undefined) query.where('audit_entries.created_at', '>=', filter.since);
  if (filter.until !== undefined) query.where('audit_entries.created_at', '<', filter.until);
  if (filter.person !== undefined) {
    const { person } = filter;
    const found = person.includes('@') ? 'lower(email) = lower(?)' : 'name ilike ?';
    const wanted = person.includes('@') ? person : containing(person);
    query.where((any) => {
      for (const column of ['actor_id', 'impersonator_id']) any.orWhereRaw(`audit_entries.${column} in (select id from users where ${found})`, [wanted]);
      if (person.includes('@')) any.orWhereRaw(`lower(audit_entries.detail ->> 'email') = lower(?)`, [person]);
      else any.orWhereRaw('audit_entries.actor_name ilike ?', [wanted]);
    });
  }
  if (filter.text !== undefined) query.whereRaw(`concat_ws(' ', audit_entries.actor_name, audit_entries.site_name, audit_entries.target::text, audit_entries.detail::text) ilike ?`, [containing(filter.text)]);
}

/** Entries newest first, `limit` of them behind the entry `before`: however long the log is, a page is read from where it begins. */
export async function listAuditEntries(db: Db, filter: AuditFilter, page: { readonly limit: number; readonly before?: string | undefined }): Promise<AuditEntryRow[]> {
  const rows: DbAuditEntry[] = await db('audit_entries')
    .leftJoin('users as acting', 'acting.id', 'audit_entries.impersonator_id')
    .select('audit_entries.*', 'acting.name as impersonator_name')
    .modify((query) => {
      narrow(query, filter);
      if (page.before !== undefined) query.whereRaw('(audit_entries.created_at, audit_entries.id) < (select created_at, id from audit_entries where id = ?)', [page.before]);
    })
    .orderBy([{ column: 'audit_entries.created_at', order: 'desc' }, { column: 'audit_entries.id', order: 'desc' }])
    .limit(page.limit);
  return rows.map((row) => ({
    id: row.id,
    action: row.action,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    impersonator: row.impersonator_id === null ? null : { id: row.impersonator_id, name: row.impersonator_name ?? '' },
    siteId: row.site_id,
    siteName: row.site_name,
    target: row.target,
    detail: row.detail,
    ip: row.ip,
    outcome: row.outcome,
    code: row.code,
    createdAt: row.created_at,
  }));
}

/** Names of those of these e-mail addresses who have an account, by the address in small letters. */
export async function namesByEmail(db: Db, emails: readonly string[]): Promise<Map<string, string>> {
  if (emails.length === 0) return new Map();
  const rows: { email: string; name: string }[] = await db('users').whereRaw('lower(email) = any(?)', [emails.map((email) => email.toLowerCase())]).select('email', 'name');
  return new Map(rows.map((row) => [row.email.toLowerCase(), row.name]));
}
