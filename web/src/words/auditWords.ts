import type { AuditEntry } from '#api/contracts/audit.ts';
import type { AuditKind } from '#domain/audit.ts';
import type { StateWords } from './runWords.ts';

/** What the kinds of entries are called in a list of choices. */
export const auditKindWords: Readonly<Record<AuditKind, string>> = {
  'sign-in': 'Sign-in',
  right: 'Rights',
  publish: 'Publishes',
  approval: 'Reviews and approvals',
  spend: 'Spending',
  deletion: 'Deletions',
  change: 'Sites and settings',
  process: 'Processes',
};

/** How an outcome is said and drawn. */
export function outcomeWords(outcome: AuditEntry['outcome']): StateWords {
  switch (outcome) {
    case 'done':
      return { tone: 'done', icon: 'done', word: 'Done' };
    case 'refused':
      return { tone: 'neutral', icon: 'stopped', word: 'Refused' };
    case 'failed':
      return { tone: 'failed', icon: 'failed', word: 'Failed' };
    case null:
      return { tone: 'waiting', icon: 'warning', word: 'Not known' };
  }
}

/** What kind of actor it is, where the name alone would mislead; undefined for a person. */
export function actorNote(kind: AuditEntry['actor']['kind']): string | undefined {
  switch (kind) {
    case 'person':
      return undefined;
    case 'token':
      return 'by a token';
    case 'process':
      return 'by itself';
    case 'webhook':
      return 'by a webhook';
    case 'nobody':
      return 'not signed in';
  }
}

/** Local midnight at the beginning of a day such as 2026-03-01, or of the day after it; undefined for what is no day. */
export function momentOf(day: string, edge: 'begin' | 'end'): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (parts === null) return undefined;
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + (edge === 'end' ? 1 : 0));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
