import type { ContentItem } from './contentItem.ts';
import { mergePulled } from './pullMerge.ts';
import type { PullFile } from './pullFile.ts';
import { joinPath } from './siteUrl.ts';

/**
 * What taking the content of a commit into the studio would change, file by file. Pure: a dry run shows the very plan
 * that is carried out otherwise.
 */

export const pullActions = ['add', 'change', 'delete', 'unchanged', 'kept', 'missing', 'conflict', 'refused'] as const;
/**
 * `kept`: no content of the studio, it stays in the repository. `missing`: an item whose file is gone, which stays.
 * `conflict`: edited here and there. `refused`: an item that cannot be taken.
 */
export type PullAction = (typeof pullActions)[number];

export type PullScope =
  | { readonly kind: 'whole' }
  /** A file, or a folder with everything below it. */
  | { readonly kind: 'path'; readonly path: string }
  /** What one commit changed. */
  | { readonly kind: 'paths'; readonly paths: ReadonlySet<string> };

/** An item of the studio and what it knows of its file in main. */
export interface PulledItem {
  readonly item: ContentItem;
  readonly revision: number;
  readonly isDeleted: boolean;
  /** Whether the studio holds something of it that main was never given. */
  readonly isEdited: boolean;
  readonly writtenPath: string | null;
  readonly writtenBlob: string | null;
  /** Whether its file in the commit is the one main held when the item was last committed or pulled. */
  readonly isFileAsWritten: boolean;
  /** Whether the studio committed it after the files were fetched: main holds something newer of it than they do. */
  readonly isCommittedSince: boolean;
  /** What reading the item's own file gives; differs from the item where a file says less. */
  readonly readBack: ContentItem;
}

export interface PullInput {
  /** Every file of the commit, whatever the scope: an item may have moved in or out of it. */
  readonly files: readonly PullFile[];
  readonly items: readonly PulledItem[];
  readonly scope: PullScope;
  readonly deleteMissing: boolean;
  readonly overwrite: boolean;
  /** Path -> blob at the head of main, which is what the next publish commits on top of. */
  readonly main: ReadonlyMap<string, string>;
  /** Text ids of the same site that an item names. */
  readonly namesOf: (item: ContentItem) => readonly string[];
  /** Text ids that other sites name -> one of these sites. */
  readonly namedElsewhere: ReadonlyMap<string, string>;
}

export interface PullLine {
  readonly action: PullAction;
  readonly path: string;
  readonly textId: string | null;
  /** What a change changes. */
  readonly fields: readonly string[];
  readonly reason: string | null;
}

/** What main holds of an item once it is pulled. */
export interface PullBaseline {
  readonly path: string | null;
  readonly blob: string | null;
  /** Whether main holds what was pulled; otherwise the next publish commits it. */
  readonly isHeld: boolean;
}

export interface PullChange {
  readonly kind: 'add' | 'change' | 'delete';
  readonly textId: string;
  /** The file's path; of a deletion where it was. */
  readonly path: string;
  /** The revision the plan was made from; null when the studio has no such item. */
  readonly fromRevision: number | null;
  /** The baseline the plan was made from: when it is another by then, the item was committed meanwhile. */
  readonly fromBlob: string | null;
  /** The item as it is to be; of a deletion as it is. */
  readonly item: ContentItem;
  readonly baseline: PullBaseline;
}

export interface PullPlan {
  readonly lines: readonly PullLine[];
  /** In the order they must be made; those of one group have to be made at once. */
  readonly groups: readonly (readonly PullChange[])[];
  /** Items that stay as they are and whose file in main is another now. */
  readonly rebased: readonly PullChange[];
  readonly counts: Readonly<Record<PullAction, number>>;
}

/** Of an item that a commit overtook, what the files say is not what main holds. */
export const COMMITTED_MEANWHILE = 'it was committed to the repository while this pull ran; pull again';

/** How many lines there are of each action. */
export function countActions(lines: readonly Pick<PullLine, 'action'>[]): Record<PullAction, number> {
  const counts = Object.fromEntries(pullActions.map((action) => [action, 0])) as Record<PullAction, number>;
  for (const { action } of lines) counts[action] += 1;
  return counts;
}

/** Plans taking the files into the studio. */
export function planPull(input: PullInput): PullPlan {
  const stored = new Map(input.items.map((item) => [item.item.textId, item]));
  const files = new Map(input.files.map((file) => [file.path, file]));
  const owners = ownersOf(input, stored, files);
  const lines: PullLine[] = [];
  const changes = new Map<string, { change: PullChange; fields: readonly string[]; reason: string | null }>();
  const rebased: PullChange[] = [];
  const say = (action: PullAction, path: string, textId: string | null, reason: string | null = null, fields: readonly string[] = []): void => void lines.push({ action, path, textId, fields, reason });

  for (const file of [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (!isInScope(input.scope, file.path)) continue;
    if (file.read.kind !== 'item') {
      say('kept', file.path, null, file.read.reason);
      continue;
    }
    const { item } = file.read;
    const owner = owners.get(item.textId);
    if (owner !== file.path) {
      say('refused', file.path, item.textId, owner === undefined ? 'its uid is that of another file of the repository, which cannot be read' : `its uid is that of ‘${owner}’`);
      continue;
    }
    const known = stored.get(item.textId);
    const baseline = baselineOf(input.main, file, known);
    if (known === undefined) {
      changes.set(item.textId, { change: { kind: 'add', textId: item.textId, path: file.path, fromRevision: null, fromBlob: null, item, baseline }, fields: [], reason: null });
      continue;
    }
    if (known.item.isPageContent !== item.isPageContent) {
      say('refused', file.path, item.textId, `its uid is that of the ${known.item.type} ‘${known.item.title ?? known.item.textId}’`);
      continue;
    }
    const merged = mergePulled(known.item, known.readBack, item);
    if (known.isCommittedSince && !known.isFileAsWritten) {
      say('conflict', file.path, item.textId, COMMITTED_MEANWHILE, merged.fields);
      continue;
    }
    const change: PullChange = { kind: 'change', textId: item.textId, path: file.path, fromRevision: known.revision, fromBlob: known.writtenBlob, item: merged.item, baseline };
    if (merged.fields.length === 0 && !known.isDeleted) {
      say('unchanged', file.path, item.textId);
      if (!known.isFileAsWritten || !baseline.isHeld) rebased.push(change);
    } else if (known.isFileAsWritten && (!known.isDeleted || known.writtenPath !== null)) {
      // The repository is where the studio left it: the difference is the studio's own.
      say('unchanged', file.path, item.textId, known.isDeleted ? 'deleted in the studio; the next publish removes the file' : 'edited in the studio; the next publish commits it');
    } else if (known.isEdited && !input.overwrite) {
      say('conflict', file.path, item.textId, known.isDeleted ? 'deleted in the studio and changed in the repository' : 'edited in the studio since it was last committed, and changed in the repository', merged.fields);
    } else if (known.isDeleted) {
      changes.set(item.textId, { change: { ...change, kind: 'add' }, fields: merged.fields, reason: 'it was deleted in the studio and comes back' });
    } else changes.set(item.textId, { change, fields: merged.fields, reason: null });
  }

  planMissing(input, owners, files, changes, say);
  refuseClashes(input, stored, changes, say);
  for (const { change, fields, reason } of changes.values()) say(change.kind, change.path, change.textId, reason, fields);
  lines.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { lines, groups: inOrder([...changes.values()].map(({ change }) => change), stored), rebased, counts: countActions(lines) };
}

function isInScope(scope: PullScope, path: string): boolean {
  if (scope.kind === 'whole') return true;
  return scope.kind === 'path' ? path === scope.path || path.startsWith(`${scope.path}/`) : scope.paths.has(path);
}

/** Which file of those that name a uid is its item's: the one main held it in, else the first. */
function ownersOf(input: PullInput, stored: ReadonlyMap<string, PulledItem>, files: ReadonlyMap<string, PullFile>): Map<string, string> {
  const owners = new Map<string, string>();
  const barred = new Set<string>();
  for (const { item, writtenPath } of stored.values()) {
    const file = writtenPath === null ? undefined : files.get(writtenPath);
    if (file === undefined) continue;
    if (file.read.kind === 'item') {
      if (file.read.item.textId === item.textId) owners.set(item.textId, file.path);
    } else if (file.claims === null || file.claims === item.textId) barred.add(item.textId);
  }
  for (const { path, read } of [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    if (read.kind === 'item' && !owners.has(read.item.textId) && !barred.has(read.item.textId)) owners.set(read.item.textId, path);
  }
  return owners;
}

function baselineOf(main: ReadonlyMap<string, string>, file: PullFile, known: PulledItem | undefined): PullBaseline {
  if (main.get(file.path) === file.blob) return { path: file.path, blob: file.blob, isHeld: true };
  // An older commit or another branch: what main holds is something else, and the next publish writes over it.
  const path = [known?.writtenPath, file.path].find((place) => place != null && main.has(place)) ?? null;
  return { path, blob: path === null ? null : (main.get(path) ?? null), isHeld: false };
}

type Planned = Map<string, { change: PullChange; fields: readonly string[]; reason: string | null }>;
type Say = (action: PullAction, path: string, textId: string | null, reason?: string | null, fields?: readonly string[]) => void;

/** Items whose file is gone: deleted only when that is asked for, certain, and nobody names them. */
function planMissing(input: PullInput, owners: ReadonlyMap<string, string>, files: ReadonlyMap<string, PullFile>, changes: Planned, say: Say): void {
  const claimed = new Set(input.files.map((file) => file.claims));
  const missing = input.items.filter(({ item, isDeleted, isCommittedSince, writtenPath }) => {
    // What was committed after the fetch has its file in main, only not among these.
    if (isDeleted || writtenPath === null || isCommittedSince || !isInScope(input.scope, writtenPath) || owners.has(item.textId) || claimed.has(item.textId)) return false;
    const file = files.get(writtenPath);
    return file === undefined || file.read.kind === 'item';
  });
  const unread = input.files.filter((file) => file.read.kind === 'unreadable').length;
  const hasItems = owners.size > 0;
  const doomed = new Map<string, PulledItem>();
  for (const known of missing) {
    const path = known.writtenPath ?? '';
    const { textId } = known.item;
    if (!input.deleteMissing || input.scope.kind !== 'whole') say('missing', path, textId, 'its file is not in the repository; the item stays');
    else if (!known.item.isPageContent) say('missing', path, textId, 'a site always has one; the item stays');
    else if (unread > 0) say('missing', path, textId, 'not every file of the repository could be read, so nothing is deleted');
    else if (!hasItems) say('missing', path, textId, 'the repository holds no content at all, so nothing is deleted');
    else if (known.isEdited && !input.overwrite) say('conflict', path, textId, 'edited in the studio since it was last committed, and removed from the repository');
    else doomed.set(textId, known);
  }
  for (const [textId, reason] of spared(input, doomed, changes)) {
    say('missing', doomed.get(textId)?.writtenPath ?? '', textId, reason);
    doomed.delete(textId);
  }
  for (const [textId, { item, revision, writtenPath, writtenBlob }] of doomed) {
    const path = writtenPath ?? '';
    const blob = input.main.get(path) ?? null;
    changes.set(textId, { change: { kind: 'delete', textId, path, fromRevision: revision, fromBlob: writtenBlob, item, baseline: { path: blob === null ? null : path, blob, isHeld: blob === null } }, fields: [], reason: null });
  }
}

/** Which of these items somebody names who stays, and the sentence that says so; who is spared counts as staying. */
function spared(input: PullInput, doomed: ReadonlyMap<string, PulledItem>, changes: Planned): Map<string, string> {
  const reasons = new Map<string, string>();
  for (const textId of doomed.keys()) {
    const site = input.namedElsewhere.get(textId);
    if (site !== undefined) reasons.set(textId, `the site ‘${site}’ names it`);
  }
  const after = new Map<string, ContentItem>();
  for (const { item, isDeleted } of input.items) if (!isDeleted) after.set(item.textId, item);
  for (const { change } of changes.values()) after.set(change.textId, change.item);
  const queue = [...after.values()].filter((item) => !doomed.has(item.textId) || reasons.has(item.textId));
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    for (const textId of input.namesOf(item)) {
      const named = doomed.get(textId);
      if (named === undefined || reasons.has(textId)) continue;
      reasons.set(textId, `‘${item.title ?? item.textId}’ names it`);
      queue.push(named.item);
    }
  }
  return reasons;
}

const placeOf = (item: ContentItem): string | null => (item.isPageContent ? joinPath(item.dirpath, item.filename) : null);

/** Takes out of the plan what would come to lie where another item lies that stays there. */
function refuseClashes(input: PullInput, stored: ReadonlyMap<string, PulledItem>, changes: Planned, say: Say): void {
  for (;;) {
    const places = new Map<string, ContentItem>();
    for (const { item, isDeleted } of input.items) {
      const place = placeOf(item);
      if (place !== null && !isDeleted && !changes.has(item.textId)) places.set(place, item);
    }
    const clash = [...changes.values()].find(({ change }) => change.kind !== 'delete' && places.has(placeOf(change.item) ?? ''));
    if (clash === undefined) return;
    const { change } = clash;
    const there = places.get(placeOf(change.item) ?? '');
    changes.delete(change.textId);
    say(stored.get(change.textId)?.isEdited === true ? 'conflict' : 'refused', change.path, change.textId, `its place is that of ‘${there?.title ?? there?.textId ?? ''}’ (${there?.textId ?? ''}) in the studio`);
  }
}

/**
 * Each change after the one that leaves its place; changes that wait for each other as one group. Other deletions come
 * last, when what is pulled names them no more.
 */
function inOrder(changes: readonly PullChange[], stored: ReadonlyMap<string, PulledItem>): PullChange[][] {
  const leaving = new Map<string, PullChange>();
  for (const change of changes) {
    const known = stored.get(change.textId);
    const place = known === undefined || known.isDeleted ? null : placeOf(known.item);
    if (place !== null && (change.kind === 'delete' || place !== placeOf(change.item))) leaving.set(place, change);
  }
  const groups: PullChange[][] = [];
  const done = new Set<PullChange>();
  for (const first of changes) {
    if (first.kind === 'delete' || done.has(first)) continue;
    const chain: PullChange[] = [];
    let next: PullChange | undefined = first;
    while (next !== undefined && !done.has(next) && !chain.includes(next)) {
      chain.push(next);
      next = next.kind === 'delete' ? undefined : leaving.get(placeOf(next.item) ?? '');
    }
    // A chain that comes back to one of its own is a circle of places; who waits for it outside comes after.
    const circle = next !== undefined && chain.includes(next) ? chain.splice(chain.indexOf(next)) : [];
    if (circle.length > 0) groups.push(circle.reverse());
    groups.push(...chain.reverse().map((change) => [change]));
    for (const change of [...chain, ...circle]) done.add(change);
  }
  groups.push(...changes.filter((change) => change.kind === 'delete' && !done.has(change)).map((change) => [change]));
  return groups;
}

/** `2 to change, 1 to add; 1 conflict`, for a timeline; `isDone` says it of what was done. */
export function pullSummary(counts: Readonly<Record<PullAction, number>>, isDone: boolean): string {
  const number = (action: PullAction): string => counts[action].toLocaleString('en-US');
  const verbs = isDone ? { add: 'added', change: 'changed', delete: 'deleted' } : { add: 'to add', change: 'to change', delete: 'to delete' };
  const changes = (['add', 'change', 'delete'] as const).filter((action) => counts[action] > 0).map((action) => `${number(action)} ${verbs[action]}`);
  const others = [
    { action: 'conflict', one: 'conflict', many: 'conflicts' },
    { action: 'refused', one: 'refused', many: 'refused' },
    { action: 'missing', one: 'missing in the repository', many: 'missing in the repository' },
    { action: 'unchanged', one: 'unchanged', many: 'unchanged' },
  ] as const;
  const rest = others.filter(({ action }) => counts[action] > 0).map(({ action, one, many }) => `${number(action)} ${counts[action] === 1 ? one : many}`);
  return [changes.length === 0 ? (isDone ? 'Nothing changed' : 'Nothing to change') : changes.join(', '), ...(rest.length === 0 ? [] : [rest.join(', ')])].join('; ');
}
