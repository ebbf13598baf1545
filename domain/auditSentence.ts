import { type AuditOutcome, auditActions } from './audit.ts';
import { counted } from './counted.ts';
import { processById } from './processes.ts';
import { placeOf } from './runs.ts';

/** What a sentence about an entry of the audit log is made from. */
export interface AuditTold {
  readonly action: string;
  readonly actor: { readonly name: string };
  readonly impersonator: { readonly name: string } | null;
  readonly site: { readonly name: string } | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly outcome: AuditOutcome | null;
  readonly code: string | null;
}

/** Why something was refused, by its code, as the end of a sentence. */
const REFUSALS: Readonly<Record<string, string>> = {
  forbidden: 'the right to do that was missing',
  notFound: 'there was no such thing',
  wrongState: 'it was not possible at that time',
  validation: 'what was asked for was not right',
  conflict: 'something else stood against it',
  referenced: 'something still named it',
  approvalRequired: 'a second person had to approve it first',
  engineUnavailable: 'the engine did not answer',
  nameInUse: 'the name was taken',
  starterMissing: 'the starter was missing',
};

/** Actions whose words do not say what of the catalogue it is about. */
const NAMES_ITS_PROCESS: ReadonlySet<string> = new Set(['process-start', 'run-retry', 'run-cancel', 'run-give-up', 'schedule-pause', 'schedule-resume', 'schedule-run']);

/** Who did what to which site, as one sentence: “Ada, acting as Stan, asked for a publish of ‘algebra’: live.” */
export function auditSentence(entry: AuditTold): string {
  const who = entry.impersonator === null ? entry.actor.name : `${entry.impersonator.name}, acting as ${entry.actor.name},`;
  const site = entry.site === null ? '' : `, site ‘${entry.site.name}’`;
  const facts = auditFacts(entry);
  return `${who} ${wordsOf(entry.action)}${site}${facts.length === 0 ? '' : `: ${facts.join(', ')}`}.`;
}

/** What came of it, as a sentence. */
export function auditOutcomeSentence(entry: Pick<AuditTold, 'outcome' | 'code'>): string {
  switch (entry.outcome) {
    case 'done':
      return 'It was done.';
    case 'refused':
      return entry.code === null ? 'It was refused.' : `It was refused: ${REFUSALS[entry.code] ?? entry.code}.`;
    case 'failed':
      return 'It failed: something in the studio was broken.';
    case null:
      return 'What came of it is not known.';
  }
}

/** The words of an action; one of a newer version is told by its name. */
function wordsOf(action: string): string {
  return Object.hasOwn(auditActions, action) ? auditActions[action as keyof typeof auditActions].words : `did ‘${action}’`;
}

/** A moment as people say it, in the zone that is the same for all who read the log. */
function inWords(moment: string): string {
  const at = new Date(moment);
  return !/^\d{4}-\d\d-\d\dT/.test(moment) || Number.isNaN(at.getTime()) ? moment : `${at.toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).replaceAll('\u202f', ' ')} UTC`;
}

/** What the entry says beside who, what and where, each as a few words. */
export function auditFacts({ action, detail }: Pick<AuditTold, 'action' | 'detail'>): string[] {
  const text = (name: string): string | null => (typeof detail[name] === 'string' && detail[name] !== '' ? detail[name] : null);
  const number = (name: string): number | null => (typeof detail[name] === 'number' ? detail[name] : null);
  const isTrue = (name: string): boolean => detail[name] === true;
  const [process, cents, items, sites, window] = [text('process'), number('cents'), number('items'), number('sites'), number('window')];
  const version = text('version');
  const list = Array.isArray(detail['titles']) ? detail['titles'].filter((title): title is string => typeof title === 'string') : [];
  return [
    // Elsewhere the words say what runs.
    process === null || !NAMES_ITS_PROCESS.has(action) ? null : (processById(process)?.title ?? process),
    text('about'),
    text('title') === null ? null : `‘${text('title') ?? ''}’`,
    ...list.map((title) => `‘${title}’`),
    items === null ? null : counted(items, 'item'),
    text('role') === null ? null : `${(text('role') ?? '').replace('_', ' ')} to ${text('email') ?? 'somebody'}`,
    version === 'draft' || version === 'live' ? placeOf[version] : version,
    text('builder') === null ? null : `built by ${text('builder') ?? ''}`,
    text('step') === null ? null : (text('step') ?? ''),
    text('from') !== null && text('to') !== null ? `from ‘${text('from') ?? ''}’ to ‘${text('to') ?? ''}’` : text('to') === null ? null : `to ‘${text('to') ?? ''}’`,
    text('rule') === null ? null : `rule ${text('rule') ?? ''}`,
    isTrue('dryRun') ? 'as a dry run' : null,
    isTrue('overwrite') ? 'over what others changed' : null,
    isTrue('delete') ? 'with removal' : null,
    sites === null ? null : counted(sites, 'site'),
    window === null ? null : `${window} at once`,
    cents === null ? null : `${(cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' })}`,
    cents === null && isTrue('priceUnknown') ? 'at a price that was not known' : null,
    detail['publishesCaptions'] === undefined ? null : isTrue('publishesCaptions') ? 'captions are published by themselves' : 'captions are not published by themselves',
    text('at') === null ? null : `for ${inWords(text('at') ?? '')}`,
    text('reason') === null ? null : `‘${text('reason') ?? ''}’`,
  ].filter((fact): fact is string => fact !== null);
}
