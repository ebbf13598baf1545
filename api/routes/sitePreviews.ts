import { findContentItem } from '#db/queries/contentItems.ts';
import { readInstallation, readPreviewSecret } from '#db/queries/installation.ts';
import { findPreviewServer, letView, wantPreview } from '#db/queries/previews.ts';
import { pageUrl } from '#domain/menus.ts';
import { isRootSite } from '#domain/places.ts';
import type { PreviewState } from '#domain/previewState.ts';
import { configItem, contentDirOf } from '#domain/siteConfig.ts';
import { joinPath } from '#domain/siteUrl.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import { noSuchItem } from '../contentWriter.ts';
import type { SitePreview } from '../contracts/sitePreviews.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { createPreviewHosts } from '../preview/previewHosts.ts';
import { forgetUnsaved, isReady, previewState, readyPreview, showUnsaved } from '../preview/previewWorkers.ts';
import type { Handlers } from '../router.ts';
import { type SiteContent, siteContent, writable } from '../siteContent.ts';
import { edited } from './itemChanges.ts';

type Routes = Pick<Handlers, 'POST /api/v1/sites/:site/preview' | 'PUT /api/v1/sites/:site/preview/items/:item' | 'DELETE /api/v1/sites/:site/preview/items/:item'>;

/** How long an address is good after its preview was last asked for, milliseconds: who may not see the site any more loses it by then. */
const VIEW_MS = 5 * 60_000;

export function sitePreviewRoutes(deps: ApiDeps): Routes {
  const { config, db, engine } = deps;

  /** Who looks, by name. @throws {ApiError} forbidden: a machine has no eyes. */
  function viewerOf(who: Principal): { readonly userId: string; readonly name: string } {
    if (who.userId === null) throw new ApiError('forbidden', 'A preview is for people. Sign in as one.');
    return { userId: who.userId, name: who.name };
  }

  /** What addresses are made from; the installation’s row is there since the API started, or from now on. */
  async function secretOf(): Promise<string> {
    const known = await readPreviewSecret(db);
    if (known !== null) return known;
    await readInstallation(db, config.studioInstallation);
    const made = await readPreviewSecret(db);
    if (made === null) throw new Error('unreachable: the row was written');
    return made;
  }

  /** How the preview stands for this person; `told` is what its worker said just now. */
  async function present(content: SiteContent, who: Principal, textId: string | undefined, told?: PreviewState | null): Promise<SitePreview> {
    const { site } = content;
    const { userId } = viewerOf(who);
    const secret = await secretOf();
    const base = createPreviewHosts(config.studioPreviewTemplate, secret).viewerUrlOf(await letView(db, { siteId: site.id, userId, forMs: VIEW_MS }));
    const url = `${base}${isRootSite(config, site.name) || site.urlPath === null ? '' : `${joinPath(site.urlPath)}/`}`;
    const item = textId === undefined ? undefined : await findContentItem(db, site.id, textId);
    const page = item === undefined || !item.isPageContent || content.config === null ? null : `${url}${`${pageUrl(item, contentDirOf(content.config))}/`.replace(/^\/+/, '').replace(/\/+$/, '/')}`;
    const server = await findPreviewServer(db, site.id);
    const at = { files: server?.files ?? 0, instance: server?.instance ?? null, url, page };
    const nothing = { builds: 0, revision: null, fault: null, others: [] };
    if (server?.state === 'ended' || server?.state === 'failed') return { state: server.state, doing: server.doing, ...at, ...nothing };
    const state = isReady(server) ? (told ?? (await previewState(server, userId))) : null;
    if (state !== null) return { state: 'ready', doing: '', ...at, ...state, others: [...state.others] };
    const doing = server?.state === 'ready' ? 'Its worker does not answer. Another one takes over' : server?.doing || 'Waiting for a free place';
    return { state: 'starting', doing, ...at, ...nothing };
  }

  return {
    'POST /api/v1/sites/:site/preview': async ({ params, body, who }) => {
      const content = await siteContent(deps, params.site, who);
      const { site } = content;
      const { name } = viewerOf(who);
      if (await wantPreview(db, site.id)) await engine.openPreview({ siteId: site.id, siteName: site.name, requestedBy: name });
      return present(content, who, body.item);
    },

    'PUT /api/v1/sites/:site/preview/items/:item': async ({ params, body, who }) => {
      const content = writable(await siteContent(deps, params.site, who));
      const viewer = viewerOf(who);
      const item = await findContentItem(db, content.site.id, params.item);
      if (item === undefined) throw noSuchItem(content, params.item);
      if (!sitePolicy.editItem(who, content.site.id, item.type)) throw new ApiError('forbidden', 'Only an owner or admin of the site may write its metadata. Ask one of them.');
      if (item.deletedAt !== null) throw new ApiError('wrongState', `‘${item.title ?? item.textId}’ was deleted. Bring it back first.`);
      const server = await readyPreview(db, content.site.id);
      const told = server === null ? null : await showUnsaved(server, item.textId, { ...viewer, fields: edited(configItem(content.config, item.type) ?? { fields: [] }, item, body) });
      return present(content, who, item.textId, told);
    },

    'DELETE /api/v1/sites/:site/preview/items/:item': async ({ params, who }) => {
      const content = await siteContent(deps, params.site, who);
      const { userId } = viewerOf(who);
      const server = await readyPreview(db, content.site.id);
      if (server !== null) await forgetUnsaved(server, params.item, userId);
      return present(content, who, params.item);
    },
  };
}
