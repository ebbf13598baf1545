import { changeContentItem, type ContentChange, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, lockContentItem, type StoredContentItem } from '#db/queries/contentItems.ts';
import { listReferrers } from '#db/queries/contentReferences.ts';
import type { Db } from '#db/knex.ts';
import { recordPulled } from '#db/queries/pulledItems.ts';
import { lockSite, setSiteTitle, type SiteRow } from '#db/queries/sites.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { isSameJson } from '#domain/pullMerge.ts';
import { COMMITTED_MEANWHILE, type PullChange } from '#domain/pullPlan.ts';
import type { PullFault } from '#domain/pullReport.ts';
import type { ContentReference } from '#domain/references.ts';
import type { WrittenForm } from '#domain/writtenForm.ts';

export interface PlannedChange {
  readonly change: PullChange;
  readonly form: WrittenForm | null;
  /** The hash (hex) of what main holds in the serializer's words, among the items as the plan leaves them; null when main holds something else. */
  readonly sha256: string | null;
}

export interface ApplyPulledInput {
  readonly site: SiteRow;
  /** Who asked for the pull. */
  readonly by: string | null;
  readonly group: readonly PlannedChange[];
  readonly namesOf: (item: ContentItem) => ContentReference[];
  /** The title an item gives the whole site, if it does. */
  readonly titleOf: (item: ContentItem) => string | null;
  /** Text ids of everything this pull deletes. */
  readonly doomed: ReadonlySet<string>;
}

type Fault = Pick<PullFault, 'action' | 'reason'>;

/** Ends the transaction of a group that cannot be taken. */
class NotTaken extends Error {
  override readonly name = 'NotTaken';
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.reason);
    this.fault = fault;
  }
}

const REASON = 'pulled';
const MEANWHILE: Fault = { action: 'conflict', reason: 'somebody edited it in the studio while this pull ran; pull again' };
const COMMITTED: Fault = { action: 'conflict', reason: COMMITTED_MEANWHILE };
const OCCUPIED: Fault = { action: 'conflict', reason: 'its place was taken by another item while this pull ran' };

/**
 * Makes the changes of one group in one transaction, each only from the state it was planned from.
 * @returns why it was not taken, or null when it was.
 */
export async function applyPulled(db: Db, input: ApplyPulledInput): Promise<Fault | null> {
  try {
    await db.transaction(async (trx) => {
      // In a circle of places one item steps aside: a deleted one has none. Nobody sees it, for it comes back below.
      const [last] = input.group.length > 1 ? input.group.slice(-1) : [];
      if (last !== undefined) await takeOne(trx, input, { ...last, change: { ...last.change, kind: 'delete' } }, null);
      for (const planned of input.group) await takeOne(trx, input, planned, planned === last ? (last.change.fromRevision ?? 0) + 1 : planned.change.fromRevision);
    });
    return null;
  } catch (error) {
    const fault = error instanceof NotTaken ? error.fault : databaseFault(error);
    if (fault === null) throw error;
    // What stands in the way may be what a try before this one did.
    return (await isDone(db, input)) ? null : fault;
  }
}

async function takeOne(trx: Db, input: ApplyPulledInput, planned: PlannedChange, fromRevision: number | null): Promise<void> {
  const { change, form, sha256 } = planned;
  const { by } = input;
  const siteId = input.site.id;
  const isDeletion = change.kind === 'delete';
  const isAside = isDeletion && input.group.length > 1;
  if (isDeletion && !isAside) await assertUnnamed(trx, input, change.textId);
  const references = isDeletion ? undefined : input.namesOf(change.item);
  const item = change.fromRevision === null ? await createContentItem(trx, { siteId, item: change.item, by, reason: REASON, references: references ?? [] }) : await changed(trx, { siteId, textId: change.textId, fromRevision: fromRevision ?? change.fromRevision, set: isDeletion ? {} : fieldsOf(change.item), deleted: isDeletion, by, reason: REASON, ...(references === undefined ? {} : { references }) }, change);
  // Somebody committed this item since it was compared: main holds more than the plan knows.
  if (item.writtenBlob !== change.fromBlob) throw new NotTaken(COMMITTED);
  if (!isAside) await recordPulled(trx, { id: item.id, path: change.baseline.path, blob: change.baseline.blob, sha256: isDeletion ? null : sha256, form: isDeletion ? null : form });
  const title = isDeletion ? null : input.titleOf(change.item)?.trim();
  if (title != null && title !== '') await setSiteTitle(trx, siteId, title);
}

/** Nobody who stays may name what is deleted: checked again with the item held, for an author may name it since. */
async function assertUnnamed(trx: Db, { site, doomed }: ApplyPulledInput, textId: string): Promise<void> {
  await lockSite(trx, site.id);
  await lockContentItem(trx, site.id, textId, 'delete');
  const referrer = (await listReferrers(trx, site, textId)).find((one) => one.siteId !== site.id || !doomed.has(one.textId));
  if (referrer !== undefined) throw new NotTaken({ action: 'conflict', reason: `‘${referrer.title ?? referrer.textId}’ names it` });
}

async function changed(trx: Db, given: ContentChange, change: PullChange): Promise<StoredContentItem> {
  const result = await changeContentItem(trx, given);
  if (result.kind === 'missing') throw new NotTaken(MEANWHILE);
  if (result.kind === 'conflict' && !(isSame(change, result.item))) throw new NotTaken(MEANWHILE);
  return result.item;
}

const COLUMNS = ['type', 'title', 'dirpath', 'filename', 'isPageContent', 'markdown', 'file', 'metadata'] as const;

function fieldsOf({ type, title, dirpath, filename, isPageContent, metadata, markdown, file }: ContentItem): Omit<ContentItem, 'textId'> {
  return { type, title, dirpath, filename, isPageContent, metadata, markdown, file };
}

/** Whether the item is what the change makes of it. */
function isSame(change: PullChange, row: StoredContentItem): boolean {
  if (change.kind === 'delete') return row.deletedAt !== null;
  return row.deletedAt === null && COLUMNS.every((name) => isSameJson(row[name], change.item[name]));
}

/** Whether a try before this one took the group; an author may have edited it since, but its baseline tells. */
async function isDone(db: Db, { site, group }: ApplyPulledInput): Promise<boolean> {
  for (const { change } of group) {
    const row = await findContentItem(db, site.id, change.textId);
    const { path, blob } = change.baseline;
    if (row === undefined || row.writtenPath !== path || row.writtenBlob !== blob || (blob === change.fromBlob && !isSame(change, row))) return false;
  }
  return true;
}

/** What the database refuses about this one item; null for everything that concerns more than it. */
function databaseFault(error: unknown): Fault | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const constraint = 'constraint' in error ? error.constraint : undefined;
  if (error.code === '23505') return constraint === 'content_items_path' ? OCCUPIED : MEANWHILE;
  // Values that no column, and paths that no index can hold.
  return /^(?:22|54)/.test(error.code) ? { action: 'refused', reason: `the database cannot hold it: ${error.message.split(' - ').at(-1) ?? ''}` } : null;
}
