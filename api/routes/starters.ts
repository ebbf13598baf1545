import { listContentItemsByIds } from '#db/queries/contentItems.ts';
import { changeStarter, findStarterTexts, keepStarterDraft, listItemsOfKinds, listSitesOfStarter, listStarterChanges } from '#db/queries/starterAdmin.ts';
import { findStarterBySlug, listStarters, type StarterRow } from '#db/queries/starters.ts';
import { bodyDiff } from '#domain/bodyDiff.ts';
import { type ConfigField, type ConfigItem, configItems, contentDirOf, type SiteConfig } from '#domain/siteConfig.ts';
import { starterDifference } from '#domain/starterChanges.ts';
import { readStarterText } from '#domain/starterFaults.ts';
import { starterMisfits } from '#domain/starterFit.ts';
import type { z } from 'zod';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { StarterDetail, starterSchema, StarterValidation } from '../contracts/starters.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';

type Routes = Pick<Handlers, 'GET /api/v1/starters' | 'POST /api/v1/starters/sync' | 'GET /api/v1/starters/:starter' | 'PATCH /api/v1/starters/:starter' | 'POST /api/v1/starters/:starter/validation' | 'PUT /api/v1/starters/:starter/draft'>;

/** Items that one check looks at; a configuration of two thousand sites has a million. */
const LOOKED_AT = 5_000;
/** Misfits that an answer names. */
const NAMED = 50;
const SITES_SHOWN = 20;
const READINGS_SHOWN = 10;

export function starterRoutes(deps: ApiDeps): Routes {
  const { db } = deps;

  /** @throws {ApiError} notFound, forbidden. */
  async function administered(slug: string, who: Principal): Promise<StarterRow> {
    if (!studioPolicy.administerStarters(who)) throw new ApiError('forbidden', 'Only a global admin may look into a starter or change it.');
    const starter = await findStarterBySlug(db, slug);
    if (starter === undefined) throw new ApiError('notFound', `There is no starter ‘${slug}’.`);
    return starter;
  }

  async function detailOf(starter: StarterRow): Promise<StarterDetail> {
    const [texts, sites, history] = await Promise.all([findStarterTexts(db, starter.id), listSitesOfStarter(db, starter.id, SITES_SHOWN), listStarterChanges(db, starter.id, READINGS_SHOWN)]);
    const config = starter.config as SiteConfig | null;
    const { draft, sourceFile, sourceText } = texts;
    const file = sourceFile ?? 'ocw-studio.yaml';
    return {
      ...presentStarter({ ...starter, siteCount: sites.total }),
      path: starter.path,
      file: sourceFile,
      rootPath: config?.['root-url-path'] ?? null,
      urlFormat: config?.['site-url-format'] ?? null,
      hugoVersion: config?.['hugo-version'] ?? null,
      kinds: config === null ? [] : configItems(config).map((kind) => presentKind(kind, config)),
      text: sourceText,
      draft: draft === null ? null : { text: draft.text, at: draft.at.toISOString(), by: draft.byName, patch: bodyDiff({ name: `a/${file}`, body: sourceText ?? '' }, { name: `b/${file}`, body: draft.text }) },
      sites: { total: sites.total, archived: sites.archived, first: [...sites.first] },
      history: history.map(({ commit, changes, sites: count, at }) => ({ commit, changes: [...changes], sites: count, at: at.toISOString() })),
    };
  }

  return {
    'GET /api/v1/starters': async () => ({ starters: (await listStarters(db)).map(presentStarter) }),

    'POST /api/v1/starters/sync': async (call) => {
      if (!studioPolicy.syncStarters(call.who)) throw new ApiError('forbidden', 'Only a global admin may read the starters again.');
      return acceptRequest(deps, call, { process: 'sync-starters', requestedBy: call.who.userId });
    },

    'GET /api/v1/starters/:starter': async ({ params, who }) => detailOf(await administered(params.starter, who)),

    'PATCH /api/v1/starters/:starter': async ({ params, body, who, note }) => {
      const starter = await administered(params.starter, who);
      if (body.status !== undefined && body.status !== 'inactive' && starter.config === null) throw new ApiError('wrongState', `The starter ‘${starter.slug}’ was never read without fault, so no site can be made from it.`);
      if (starter.status === 'default' && body.status !== undefined && body.status !== 'default') throw new ApiError('wrongState', 'New sites have to begin with some starter. Make another one the default, and this one is it no longer.');
      await db.transaction((trx) => changeStarter(trx, starter.id, body));
      note(body);
      const changed = (await listStarters(db)).find(({ id }) => id === starter.id);
      if (changed === undefined) throw new Error(`The starter ${starter.slug} vanished while it was changed`);
      return presentStarter(changed);
    },

    'POST /api/v1/starters/:starter/validation': async ({ params, body, who }): Promise<StarterValidation> => {
      const starter = await administered(params.starter, who);
      const inUse = starter.config as SiteConfig | null;
      const { total: sites } = await listSitesOfStarter(db, starter.id, 0);
      const { config, faults } = readStarterText(body.text);
      const nothing = { changes: [], sites, items: 0, looked: 0, misfitCount: 0, misfits: [] };
      if (config === null) return { ...nothing, faults: [...faults] };
      const { sentences, kinds } = starterDifference(inUse, config);
      if (kinds.length === 0) return { ...nothing, faults: [], changes: [...sentences] };
      const { total, items } = await listItemsOfKinds(db, starter.id, inUse === null ? null : kinds, LOOKED_AT);
      const siteOf = new Map(items.map(({ id, site }) => [id, site]));
      const misfits = (await listContentItemsByIds(db, items.map(({ id }) => id))).flatMap((item) => starterMisfits([item], config, inUse).map((misfit) => ({ ...misfit, issues: [...misfit.issues], site: siteOf.get(item.id) ?? '' })));
      return { faults: [], changes: [...sentences], sites, items: total, looked: items.length, misfitCount: misfits.length, misfits: misfits.sort((a, b) => (a.site < b.site ? -1 : a.site > b.site ? 1 : 0)).slice(0, NAMED) };
    },

    'PUT /api/v1/starters/:starter/draft': async ({ params, body, who, note }) => {
      const starter = await administered(params.starter, who);
      await keepStarterDraft(db, starter.id, body.text === null ? null : { text: body.text, by: who.userId });
      note({ draft: body.text === null ? 'thrown away' : 'kept' });
      return detailOf(starter);
    },
  };
}

function presentStarter(starter: StarterRow & { readonly siteCount: number }): z.input<typeof starterSchema> {
  return { slug: starter.slug, name: starter.name, status: starter.status, commit: starter.commit, fault: starter.fault, removedAt: starter.removedAt?.toISOString() ?? null, siteCount: starter.siteCount, updatedAt: starter.updatedAt.toISOString() };
}

function presentKind(kind: ConfigItem, config: SiteConfig): StarterDetail['kinds'][number] {
  return { name: kind.name, label: kind.label, category: kind.category, place: kind.file ?? `${kind.folder ?? contentDirOf(config)}/`, fields: kind.fields.map(presentField) };
}

/** What is said of a field beside what each has, as people read it. */
function settingsOf(field: ConfigField): string[] {
  const all = field as unknown as Readonly<Record<string, unknown>>;
  const one = (key: string, words: (value: unknown) => string): string[] => (all[key] === undefined || all[key] === null || all[key] === false ? [] : [words(all[key])]);
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return [
    ...one('multiple', () => 'several values'),
    ...one('min', (value) => `at least ${text(value)}`),
    ...one('max', (value) => `at most ${text(value)}`),
    ...one('options', (value) => `one of ${Array.isArray(value) ? value.map((option: unknown) => (typeof option === 'string' ? option : text((option as { label?: unknown }).label))).join(', ') : ''}`),
    ...one('collection', (value) => `of ${text(value)}`),
    ...one('collections', (value) => `of ${Array.isArray(value) ? value.join(', ') : text(value)}`),
    ...one('website', (value) => `from the site ${text(value)}`),
    ...one('cross_site', () => 'from other sites'),
    ...one('condition', (value) => `only where ${text((value as { field?: unknown }).field)} is ‘${text((value as { equals?: unknown }).equals)}’`),
    ...one('default', (value) => `at first ‘${text(value)}’`),
    ...one('readOnly', () => 'read only'),
  ];
}

function presentField(field: ConfigField): StarterDetail['kinds'][number]['fields'][number] {
  return { name: field.name, label: field.label, widget: field.widget, required: field.required === true, help: field.help ?? null, settings: settingsOf(field), fields: field.widget === 'object' ? field.fields.map(({ name, label, widget }) => ({ name, label, widget })) : [] };
}
