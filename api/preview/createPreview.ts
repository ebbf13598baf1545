import Koa from 'koa';
import { readPreviewSecret } from '#db/queries/installation.ts';
import { buildKeys } from '#domain/buildKeys.ts';
import type { ApiDeps } from '../deps.ts';
import { sendStoredFile, type StoredFile } from '../sendStoredFile.ts';
import { createLivePreview } from './createLivePreview.ts';
import { createPreviewHosts } from './previewHosts.ts';
import { readPreviewPath } from './previewPath.ts';
import { createRunOutputs, type RunOutputs } from './runOutputs.ts';
import { say } from './say.ts';

const SWEPT = 'The output of this publish is no longer kept, or it did not get as far as a build. Publish the site again to have a preview.';
const REPLACED = 'This file was replaced or removed in the file store since the publish was built.';

/**
 * Shows what each run built, at the run's own host, without deploying it, and what people write, at a host of each. It knows no session: whoever has the address may look,
 * and only who may read the site is told the address. It does not listen.
 */
export function createPreview(deps: Pick<ApiDeps, 'config' | 'db' | 's3' | 'log'>): Koa {
  const { config, db, s3, log } = deps;
  const outputs = createRunOutputs(deps);
  const showLive = createLivePreview(deps);
  const isHttps = config.studioPreviewTemplate.startsWith('https:');
  const app = new Koa();

  app.use(async (ctx, next) => {
    ctx.set({
      'x-robots-tag': 'noindex, nofollow',
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      // The address is the key to it: no other host is told.
      'referrer-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
      'x-frame-options': 'DENY',
      ...(isHttps ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
      // A page of a site runs its scripts here, in an origin of its own, and reaches nothing of whoever shows or opens it.
      'content-security-policy': "sandbox allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads allow-modals allow-presentation; frame-ancestors 'none'",
    });
    try {
      await next();
    } catch (error) {
      log.warn({ err: error, path: ctx.path }, 'A preview could not be shown');
      ctx.set('retry-after', '5');
      say(ctx, 503, 'The preview cannot be shown right now, because the file store or the database does not answer. Load the page again in a moment.');
    }
  });

  app.use(async (ctx) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('allow', 'GET, HEAD');
      return say(ctx, 405, 'A preview can only be read.');
    }
    const secret = await readPreviewSecret(db);
    const hosts = secret === null ? null : createPreviewHosts(config.studioPreviewTemplate, secret);
    const viewerId = hosts?.viewerOf(ctx.req.headers.host ?? '') ?? null;
    if (viewerId !== null) return showLive(ctx, viewerId);
    const runId = hosts?.runOf(ctx.req.headers.host ?? '') ?? null;
    if (runId === null) return say(ctx, 404, 'There is no preview at this address. Open it from the publish in the studio.');
    const asked = readPreviewPath((ctx.req.url ?? '/').replace(/[?#].*$/s, ''));
    if (asked === null) return say(ctx, 400, 'This address is not encoded properly, or leads out of the site.');
    const run = await outputs.outputsOf(runId);
    if (run === null) return say(ctx, 404, SWEPT);
    // The site is what is to be looked at, not the home page beside which it stands.
    const redirect = 'redirect' in asked ? asked.redirect : asked.key === 'index.html' && run.prefix !== '' ? `/${run.prefix}/` : null;
    if (redirect !== null) {
      ctx.status = 'redirect' in asked ? 301 : 302;
      ctx.set('location', redirect);
      return;
    }
    const key = 'key' in asked ? asked.key : '';
    const file = (await fileOf(run, key, 200)) ?? (await fileOf(run, run.prefix === '' ? '404.html' : `${run.prefix}/404.html`, 404));
    if (file === null) return say(ctx, 404, 'There is no page at this address.');
    const sent = await sendStoredFile(ctx, s3, file);
    if (sent === 'unsatisfiable') say(ctx, 416, 'The file has no such part.');
    if (sent === 'replaced') say(ctx, 404, REPLACED);
  });

  /** What stands at a key: of the run, where the place is its own, else of the bucket its readers are served from. */
  async function fileOf(run: RunOutputs, key: string, status: 200 | 404): Promise<StoredFile | null> {
    const entry = run.fileAt(key);
    if (entry === null) return null;
    if (entry === undefined) {
      const head = await s3.head(run.bucket, key);
      return head === null ? null : { bucket: run.bucket, key, size: head.size, contentType: head.contentType === '' ? 'binary/octet-stream' : head.contentType, etag: head.etag, status };
    }
    const at = entry.storageKey === undefined ? { bucket: config.buildStoreBucket, key: buildKeys.blob(entry.sha256) } : { bucket: config.storageBucket, key: entry.storageKey };
    return { ...at, size: entry.size, contentType: entry.contentType, etag: entry.sha256, status };
  }

  // Koa prints errors of readers who went away.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'A preview could not be sent'));
  return app;
}
