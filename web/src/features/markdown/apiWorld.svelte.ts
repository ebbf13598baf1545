import { ApiProblem } from '../../lib/apiClient.ts';
import { buildPath } from '../../lib/routeMatch.ts';
import { call } from '../../lib/session.svelte.ts';
import type { MarkdownWorld, NamedItem, PickedItem, PickKind } from './markdownWorld.ts';

/** A choice somebody is making in the picker. */
export interface Asking {
  readonly kind: PickKind;
  readonly selection: string;
  readonly answer: (picked: PickedItem | null) => void;
}

const MAX_TITLE = 125;

/** The content around a text as the API has it. Whoever embeds the editor shows the picker while `asking` is there. */
export class ApiWorld implements MarkdownWorld {
  asking = $state.raw<Asking | undefined>();
  private readonly site: string;

  constructor(site: string) {
    this.site = site;
  }

  titleOf = async (uuid: string): Promise<NamedItem | null> => {
    try {
      const item = await call('GET /api/v1/sites/:site/items/:item', { params: { site: this.site, item: uuid } });
      const { resourcetype } = item.metadata;
      const hasPicture = resourcetype === 'Image' && item.file !== null && item.deletedAt === null;
      return {
        title: item.title ?? item.textId,
        type: typeof resourcetype === 'string' && resourcetype !== '' ? resourcetype : item.type,
        isMissing: item.deletedAt !== null,
        ...(hasPicture ? { thumbnail: buildPath('/api/v1/sites/:site/items/:item/file', { site: this.site, item: item.textId }) } : {}),
      };
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'notFound') return null;
      throw error;
    }
  };

  pick = (kind: PickKind, selection: string): Promise<PickedItem | null> => {
    // One choice at a time: who asks again lets the other be.
    this.asking?.answer(null);
    return new Promise((resolve) => {
      this.asking = {
        kind,
        selection,
        answer: (picked) => {
          this.asking = undefined;
          resolve(picked);
        },
      };
    });
  };

  addExternalLink = async (url: string, title: string): Promise<PickedItem> => {
    const item = await call('POST /api/v1/sites/:site/items', {
      params: { site: this.site },
      body: { type: 'external-resource', title: title.slice(0, MAX_TITLE), metadata: { external_url: url } },
    });
    return { uuid: item.textId, title: item.title ?? title };
  };
}
