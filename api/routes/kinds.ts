import { S3Error } from '#clients/s3.ts';
import { countItemsByType, findContentItem } from '#db/queries/contentItems.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { nameOfKey } from '#domain/nameOfKey.ts';
import { type ConfigField, type ConfigItem, configItems } from '#domain/siteConfig.ts';
import { uploadTypeOf } from '#domain/uploadTypes.ts';
import { ApiError } from '../apiError.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import type { Handlers } from '../router.ts';
import { sendStoredFile } from '../sendStoredFile.ts';
import { siteContent, writable } from '../siteContent.ts';

type Routes = Pick<Handlers, 'GET /api/v1/sites/:site/kinds' | 'GET /api/v1/sites/:site/items/:item/file'>;

/** What every item of a folder has, also where the starter does not mention it. */
const impliedTitle: ConfigField = { name: 'title', label: 'Title', widget: 'string', required: true };

/** Pictures that can hold nothing but a picture; a drawing can, and is saved rather than shown. */
const SHOWN = /^image\/(?:png|jpeg|gif|webp)$/;

const isTitleImplied = (kind: ConfigItem): boolean => kind.folder !== null && !kind.fields.some((field) => field.name === 'title');

/** What authors may write on a site, and the files that belong to it. */
export function kindRoutes(deps: ApiDeps): Routes {
  const { config, db, s3 } = deps;
  return {
    'GET /api/v1/sites/:site/kinds': async ({ params, who }) => {
      const { site, config: starter } = writable(await siteContent(deps, params.site, who));
      const [counts, live] = await Promise.all([countItemsByType(db, site.id), findDeployment(db, { siteId: site.id, version: 'live', theme: '' })]);
      return {
        site: { name: site.name, title: site.title, wasLive: live?.firstDeployedAt != null },
        kinds: configItems(starter).map((kind) => {
          const count = counts.get(kind.name) ?? 0;
          const edit = site.archivedAt === null && sitePolicy.editItem(who, site.id, kind.name);
          return {
            ...kind,
            fields: isTitleImplied(kind) ? [impliedTitle, ...kind.fields] : [...kind.fields],
            isTitleImplied: isTitleImplied(kind),
            count,
            // What stands once is added once.
            can: { add: edit && (kind.file === null || count === 0), edit },
          };
        }),
      };
    },

    'GET /api/v1/sites/:site/items/:item/file': async ({ params, who, ctx }) => {
      const { site } = await siteContent(deps, params.site, who);
      const key = (await findContentItem(db, site.id, params.item))?.file;
      if (key == null) throw new ApiError('notFound', 'There is no such item, or it has no file.');
      try {
        const head = await s3.head(config.storageBucket, key);
        if (head === null) throw new ApiError('notFound', 'The file is not in the storage bucket any more.');
        const said = uploadTypeOf(key)?.contentType ?? 'application/octet-stream';
        // Whatever an author put there, it never becomes a page of the studio’s own host.
        ctx.set({ 'cache-control': 'private, no-cache', 'content-security-policy': "default-src 'none'; sandbox" });
        ctx.attachment(nameOfKey(key), { type: SHOWN.test(said) ? 'inline' : 'attachment' });
        const sent = await sendStoredFile(ctx, s3, { bucket: config.storageBucket, key, size: head.size, contentType: said, etag: head.etag, status: 200 });
        if (sent === 'replaced') throw new ApiError('notFound', 'The file was replaced or removed just now. Load the page again.');
      } catch (error) {
        if (error instanceof S3Error) throw new ApiError('storageUnavailable', `The storage bucket cannot be read: ${error.message}. Try again in a minute.`);
        throw error;
      }
    },
  };
}
