import type { RouteKey } from '../../../api/contracts/index.ts';
import type { SitePreview } from '../../../api/contracts/sitePreviews.ts';

const HOST = 'http://v1.preview.localhost:9';

/** One site’s preview, whose pages the test answers itself. */
export class PreviewFixture {
  static readonly source = 'http://*.preview.localhost:9';
  readonly home = `${HOST}/courses/a/`;
  readonly page = `${HOST}/courses/a/pages/syllabus/`;
  state: SitePreview = { state: 'starting', doing: 'Writing the pages', files: 1_210, instance: null, builds: 0, revision: null, fault: null, others: [], url: this.home, page: this.page };
  /** Where the page of an item is; null for one that has none. Of all others it is `page`. */
  readonly pages = new Map<string, string | null>();
  /** What was sent to be shown, oldest first. */
  readonly shown: unknown[] = [];
  /** What each change makes of it. */
  onShow: () => void = () => undefined;

  answer(key: RouteKey, { body }: { readonly params: Readonly<Record<string, string>>; readonly body: unknown }): SitePreview | undefined {
    if (key === 'POST /api/v1/sites/:site/preview') {
      const page = this.pages.get((body as { readonly item?: string }).item ?? '');
      return page === undefined ? this.state : { ...this.state, page };
    }
    if (key === 'PUT /api/v1/sites/:site/preview/items/:item') {
      this.shown.push(body);
      this.onShow();
      return this.state;
    }
    if (key === 'DELETE /api/v1/sites/:site/preview/items/:item') return this.state;
    return undefined;
  }
}
