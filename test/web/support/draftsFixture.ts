import type { Draft, DraftFields, Present } from '../../../api/contracts/drafts.ts';
import type { RouteKey } from '../../../api/contracts/index.ts';
import type { Item } from '../../../api/contracts/items.ts';
import { bodyDiff } from '../../../domain/bodyDiff.ts';
import { fieldDifferences } from '../../../domain/itemDiff.ts';
import { patchedState } from '../../../domain/itemPatch.ts';
import { Refusal } from './refusal.ts';
import { ago, type World } from './world.ts';

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

type Sent = Omit<Draft, 'keptAt' | 'revision'> & { readonly revision?: number; readonly over?: { readonly edit: string; readonly counter: number } | null };
type Save = DraftFields & { readonly revision: number; readonly draft?: string };

/** What people have typed and not saved, every state of items, and who else edits them: by the rules of the API, in memory. */
export class DraftsFixture {
  /** By what comes before `/draft` in the address. */
  readonly drafts = new Map<string, Draft>();
  /** Who else edits whatever is edited. */
  others: Present[] = [];
  /** Edits that are heard of now. */
  readonly present = new Set<string>();
  private readonly ended = new Set<string>();
  private readonly earlier = new Map<string, Item[]>();

  /** What a route answers; undefined for one that is none of these. */
  answer(key: RouteKey, { params, query, body }: Asked, world: World): unknown {
    const place = `${params['site'] ?? ''}/${params['item'] ?? params['kind'] ?? ''}`;
    switch (key) {
      case 'GET /api/v1/sites/:site/items/:item/draft':
      case 'GET /api/v1/sites/:site/kinds/:kind/draft':
        return { draft: this.drafts.get(place) ?? null };
      case 'PUT /api/v1/sites/:site/items/:item/draft':
      case 'PUT /api/v1/sites/:site/kinds/:kind/draft':
        return this.keep(place, body as unknown as Sent);
      case 'DELETE /api/v1/sites/:site/items/:item/draft':
      case 'DELETE /api/v1/sites/:site/kinds/:kind/draft':
        return { wasThere: this.end(place, query['edit'] as string | undefined) };
      case 'POST /api/v1/sites/:site/items/:item/presence': {
        const { edit, isOver } = body as { edit: string; isOver?: boolean };
        if (isOver === true) this.present.delete(edit);
        else this.present.add(edit);
        const item = itemOf(world, params['item']);
        return { others: this.others, item: { revision: item.revision, updatedAt: item.updatedAt, updatedBy: item.updatedBy, isDeleted: item.deletedAt !== null } };
      }
      case 'PATCH /api/v1/sites/:site/items/:item': {
        const { revision, draft, ...fields } = body as unknown as Save;
        const item = itemOf(world, params['item']);
        if (item.revision !== revision) throw new Refusal('revisionConflict', `Nothing was saved: ${item.updatedBy?.name ?? 'somebody'} saved ‘${item.title ?? ''}’ meanwhile.`, undefined, { yours: null, current: item });
        this.end(place, draft);
        return this.save(world, item.textId, fields, world.me);
      }
      case 'POST /api/v1/sites/:site/items/:item/restore': {
        const { revision, to } = body as { revision: number; to: number };
        const item = itemOf(world, params['item']);
        if (item.revision !== revision) throw new Refusal('revisionConflict', 'Nothing was restored: somebody saved meanwhile.', undefined, { yours: null, current: item });
        const { title, metadata, markdown, file } = this.revision(item, to);
        return this.put(world, { ...item, title, metadata, markdown, file, reason: `restored from revision ${to}` }, world.me);
      }
      case 'DELETE /api/v1/sites/:site/items/:item':
        return this.put(world, { ...itemOf(world, params['item']), deletedAt: new Date().toISOString(), reason: 'deleted', can: { edit: false, delete: false } }, world.me);
      case 'POST /api/v1/sites/:site/items/:item/undelete': {
        const item = world.items.get(params['item'] ?? '');
        return item === undefined || item.deletedAt === null ? undefined : this.put(world, { ...item, deletedAt: null, reason: 'undeleted', can: { edit: true, delete: true } }, world.me);
      }
      case 'GET /api/v1/sites/:site/items/:item/revisions': {
        const item = itemOf(world, params['item']);
        const all = Array.from({ length: item.revision }, (_, index) => summaryOf(this.revision(item, item.revision - index)));
        return { total: all.length, revisions: all.slice(Number(query['offset']), Number(query['offset']) + Number(query['limit'])) };
      }
      case 'GET /api/v1/sites/:site/items/:item/revisions/:revision': {
        const item = itemOf(world, params['item']);
        const one = this.revision(item, Number(params['revision']));
        const against = query['against'] === undefined ? (one.revision > 1 ? one.revision - 1 : null) : Number(query['against']);
        const other = against === null ? null : this.revision(item, against);
        const { type, dirpath, filename, metadata, markdown, file } = one;
        return {
          revision: { ...summaryOf(one), type, dirpath, filename, metadata, markdown, file },
          against,
          differences: other === null ? [] : fieldDifferences(contentOf(other), contentOf(one)).filter(({ field }) => field !== 'markdown'),
          bodyDiff: other === null ? '' : bodyDiff({ name: 'before', body: other.markdown ?? '' }, { name: 'after', body: one.markdown ?? '' }),
        };
      }
      default:
        return undefined;
    }
  }

  /** Somebody saves an item, without the studio that is tried. */
  save(world: World, textId: string, fields: DraftFields, by: { readonly id: string; readonly name: string } | null): Item {
    const item = itemOf(world, textId);
    return this.put(world, { ...item, ...patchedState(item, fields as never), reason: 'edited' }, by);
  }

  private put(world: World, next: Item, by: { readonly id: string; readonly name: string } | null): Item {
    const before = itemOf(world, next.textId);
    this.earlier.set(before.textId, [...(this.earlier.get(before.textId) ?? []), before]);
    const saved: Item = { ...next, revision: before.revision + 1, updatedAt: new Date().toISOString(), updatedBy: by === null ? null : { id: by.id, name: by.name } };
    world.items.set(saved.textId, saved);
    return saved;
  }

  /** A revision of an item; those of before the test say the same but for a paragraph and a field. */
  private revision(item: Item, revision: number): Item {
    const found = [...(this.earlier.get(item.textId) ?? []), item].find((one) => one.revision === revision);
    if (found !== undefined) return found;
    if (revision < 1 || revision > item.revision) throw new Refusal('notFound', `‘${item.title ?? ''}’ has no revision ${revision}.`);
    const first = this.earlier.get(item.textId)?.[0] ?? item;
    return { ...first, revision, reason: revision === 1 ? 'created' : 'edited', updatedAt: ago((first.revision - revision) * 86_400), metadata: { ...first.metadata, description: `What the course was about, ${revision}` }, markdown: `${first.markdown ?? ''}\nParagraph ${revision} of a course that <b>grows</b>.\n` };
  }

  private keep(place: string, { edit, counter, over, revision, fields }: Sent): unknown {
    const known = this.drafts.get(place);
    if (this.ended.has(edit)) throw new Refusal('draftConflict', 'This edit was saved or put away meanwhile.', undefined, { draft: null });
    if (known !== undefined && known.edit !== edit && !(over?.edit === known.edit && over.counter === known.counter)) throw new Refusal('draftConflict', 'You edit this in another tab, too.', undefined, { draft: known });
    const kept: Draft = known?.edit === edit && known.counter >= counter ? known : { edit, counter, revision: revision ?? null, fields, keptAt: new Date().toISOString() };
    this.drafts.set(place, kept);
    return { edit: kept.edit, counter: kept.counter, keptAt: kept.keptAt };
  }

  private end(place: string, edit: string | undefined): boolean {
    const known = this.drafts.get(place);
    if (edit !== undefined) this.ended.add(edit);
    if (known === undefined || (edit !== undefined && known.edit !== edit)) return false;
    this.ended.add(known.edit);
    return this.drafts.delete(place);
  }
}

function itemOf(world: World, textId: string | undefined): Item {
  const item = world.items.get(textId ?? '');
  if (item === undefined) throw new Refusal('notFound', `The site has no item ‘${textId ?? ''}’.`);
  return item;
}

const contentOf = ({ title, metadata, markdown, file }: Item): Pick<Item, 'title' | 'metadata' | 'markdown' | 'file'> => ({ title, metadata, markdown, file });
const summaryOf = (item: Item): object => ({ revision: item.revision, title: item.title, reason: item.reason, savedAt: item.updatedAt, savedBy: item.updatedBy, isDeleted: item.deletedAt !== null });
