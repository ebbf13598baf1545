import type { Context } from 'koa';
import { findViewer } from '#db/queries/previews.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { isRootSite, webBucket } from '#domain/places.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { joinPath, siteStoragePrefix } from '#domain/siteUrl.ts';
import type { ApiDeps } from '../deps.ts';
import { sendStoredFile, type StoredFile } from '../sendStoredFile.ts';
import { axePath, readAxe } from './axeFile.ts';
import { readPreviewPath } from './previewPath.ts';
import { previewScript } from './previewScript.ts';
import { builtFile, readyPreview } from './previewWorkers.ts';
import { say } from './say.ts';

const OVER = 'The time of this preview is over. Open it again from the studio.';
const NOT_READY = 'The preview is not ready just now. The studio says how far it is, and shows it when it is.';

/** Shows a person what is written in a site, at a host of their own: what its worker built, and beside it what lies in the file store. */
export function createLivePreview(deps: Pick<ApiDeps, 'config' | 'db' | 's3'>): (ctx: Context, viewerId: string) => Promise<void> {
  const { config, db, s3 } = deps;
  const studio = new URL(config.studioBaseUrl).origin;
  const script = previewScript(studio);

  return async (ctx, viewerId) => {
    // The studio alone may show it, in a frame that reaches nothing of it.
    ctx.remove('x-frame-options');
    ctx.set({
      'content-security-policy': `sandbox allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads allow-modals allow-presentation; frame-ancestors ${studio}`,
      'cache-control': 'private, no-store',
    });
    const viewer = await findViewer(db, viewerId);
    const site = viewer === undefined ? undefined : await findSite(db, viewer.siteId);
    if (viewer === undefined || site === undefined) return say(ctx, 404, OVER);
    const path = (ctx.req.url ?? '/').replace(/[?#].*$/s, '');
    if (path === axePath) return sendAxe(ctx);
    const asked = readPreviewPath(path);
    if (asked === null) return say(ctx, 400, 'This address is not encoded properly, or leads out of the site.');
    const prefix = prefixOf(site);
    const redirect = 'redirect' in asked ? asked.redirect : asked.key === 'index.html' && prefix !== '' ? `/${prefix}/` : null;
    if (redirect !== null) {
      ctx.status = 302;
      ctx.set('location', redirect);
      return;
    }
    const key = 'key' in asked ? asked.key : '';
    const own = prefix === '' ? key : key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : null;
    const server = await readyPreview(db, site.id);
    if (server === null) return say(ctx, 503, NOT_READY);
    const found = own === null ? null : await builtFile(server, own, viewer.userId);
    if (found === undefined) return say(ctx, 503, NOT_READY);
    if (found !== null && 'fault' in found) return say(ctx, 503, `There is nothing to show yet. ${found.fault?.message ?? ''}`);
    if (found !== null) return send(ctx, found, 200);
    const stored = await storedFile(site, key, own);
    if (stored !== null && (await sendStoredFile(ctx, s3, stored)) === 'sent') return;
    const missing = await builtFile(server, '404.html', viewer.userId);
    if (missing === null || missing === undefined || 'fault' in missing) return say(ctx, 404, 'There is no page at this address.');
    return send(ctx, missing, 404);
  };

  /** The tool that a page checks itself with when the studio asks: the same for all, and for as long as its version. */
  async function sendAxe(ctx: Context): Promise<void> {
    ctx.status = 200;
    ctx.body = await readAxe();
    ctx.set({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'private, max-age=31536000, immutable' });
  }

  function prefixOf(site: SiteRow): string {
    return isRootSite(config, site.name) ? '' : joinPath(site.urlPath ?? '');
  }

  function send(ctx: Context, { bytes, contentType }: { readonly bytes: Buffer; readonly contentType: string }, status: 200 | 404): void {
    ctx.status = status;
    ctx.set('content-type', contentType);
    ctx.body = contentType.startsWith('text/html') ? withScript(bytes.toString('utf8'), script) : bytes;
    // Koa takes a text for a page and bytes for nothing in particular.
    ctx.set('content-type', contentType);
  }

  /** An uploaded file of the site, or what stands beside it in the draft bucket, such as the themes’ assets. */
  async function storedFile(site: SiteRow, key: string, own: string | null): Promise<StoredFile | null> {
    const bucket = webBucket(config, { siteName: site.name, version: 'draft' });
    const uploaded = own === null ? null : await uploadedKey(site, own);
    for (const [at, name] of [...(uploaded === null ? [] : [[config.storageBucket, uploaded] as const]), ...(own === null || prefixOf(site) === '' ? [[bucket, key] as const] : [])]) {
      const head = await s3.head(at, name);
      if (head !== null) return { bucket: at, key: name, size: head.size, contentType: at === bucket && head.contentType !== '' ? head.contentType : contentTypeOf(name), etag: head.etag, status: 200 };
    }
    return null;
  }

  /** Where the file store has what stands at this place of the site. */
  async function uploadedKey(site: SiteRow, own: string): Promise<string | null> {
    const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
    if (starter?.config == null) return null;
    const storage = siteStoragePrefix(starter.config as SiteConfig, site);
    if (!isRootSite(config, site.name)) return `${storage}/${own}`;
    const folder = `${site.urlPath ?? site.name}/`;
    return own.startsWith(folder) ? `${storage}/${own.slice(folder.length)}` : null;
  }
}

function withScript(page: string, script: string): string {
  const end = page.toLowerCase().lastIndexOf('</body>');
  return end === -1 ? `${page}${script}` : `${page.slice(0, end)}${script}${page.slice(end)}`;
}
