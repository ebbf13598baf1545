import { auditKindOf } from '#domain/audit.ts';
import { type AuditEntryRow, namesByEmail } from '#db/queries/auditEntries.ts';
import type { Principal } from '../auth/principal.ts';
import type { AuditEntry } from '../contracts/audit.ts';
import type { ApiDeps } from '../deps.ts';

const EMAIL = /[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+/g;

/** Entries as those see them who may read all of the log. */
export function presentAudit(rows: readonly AuditEntryRow[]): AuditEntry[] {
  return rows.map((row) => ({
    id: row.id,
    at: row.createdAt.toISOString(),
    action: row.action,
    kind: auditKindOf(row.action),
    actor: { ...row.actor },
    impersonator: row.impersonator === null ? null : { ...row.impersonator },
    site: row.siteName === null ? null : { name: row.siteName, isThere: row.siteId !== null },
    target: { ...row.target },
    detail: { ...row.detail },
    ip: row.ip,
    outcome: row.outcome,
    code: row.code,
  }));
}

/**
 * Entries as those see them who answer for one site: no machine’s address, and in the place of an e-mail address the name of its person.
 * A role on a site makes nobody an address book of the others; one’s own address stays.
 */
export async function presentSiteAudit({ db }: Pick<ApiDeps, 'db'>, rows: readonly AuditEntryRow[], who: Principal): Promise<AuditEntry[]> {
  const entries = presentAudit(rows);
  const emails = [...new Set(JSON.stringify(entries).match(EMAIL) ?? [])];
  const names = await namesByEmail(db, emails);
  const named = (text: string): string => text.replace(EMAIL, (email) => (email.toLowerCase() === who.email?.toLowerCase() ? email : (names.get(email.toLowerCase()) ?? 'a person without an account')));
  const hidden = (value: unknown): unknown => {
    if (typeof value === 'string') return named(value);
    if (Array.isArray(value)) return value.map(hidden);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [named(key), hidden(inner)])) : value;
  };
  return entries.map((entry) => ({ ...(hidden(entry) as AuditEntry), ip: null }));
}
