import { blankMetadata } from '../blankMetadata.ts';
import type { ContentItem } from '../contentItem.ts';
import { filenameFor } from '../filename.ts';
import type { SiteConfig } from '../siteConfig.ts';
import type { NamedResource } from './cleanupRule.ts';
import { EXTERNAL_RESOURCE, externalResourceKind } from './cleanupSite.ts';

/** Longest title an item may have, in characters. */
const MAX_TITLE_CHARACTERS = 125;

/**
 * The item of an external resource with the starter's defaults; the warning about foreign licences stays as the starter
 * has it. `isTaken` says whether a file of this name is in its folder.
 * @throws {Error} when the starter has no external resources: a rule names none then.
 */
export function newExternalResource(named: NamedResource, config: SiteConfig, isTaken: (filename: string) => boolean): ContentItem {
  const kind = externalResourceKind(config);
  if (kind === undefined) throw new Error('The starter has no external resources');
  const title = [...named.title].slice(0, MAX_TITLE_CHARACTERS).join('');
  return {
    textId: named.textId,
    type: EXTERNAL_RESOURCE,
    title,
    dirpath: kind.folder,
    filename: filenameFor({ title, type: EXTERNAL_RESOURCE, isTaken }),
    isPageContent: true,
    metadata: blankMetadata(kind, { useDefaults: true, values: { external_url: named.url } }),
    markdown: '',
    file: null,
  };
}
