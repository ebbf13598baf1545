import { commonOf } from './commonOf.ts';
import { previewSiteContract, type PreviewSiteInput, previewWanted } from './contracts/previewSite.ts';
import { shortened } from './shortened.ts';

/** How the preview of a site is asked for. */
export function startPreviewSite(asked: PreviewSiteInput & { readonly requestedBy: string }, queuePrefix: string) {
  const { siteId, siteName, requestedBy } = asked;
  return {
    ...commonOf(previewSiteContract, previewSiteContract.workflowId(siteName), queuePrefix, { siteName, requestedBy }),
    args: [{ siteId, siteName }] as [PreviewSiteInput],
    signal: previewWanted,
    signalArgs: [] as [],
    staticSummary: `Preview of ${shortened(siteName, 80)}`,
    staticDetails: `Shows \`${siteName}\` in its real theme while people write, with what they have not saved. It changes nothing, and ends when nobody looks.`,
  } as const;
}
