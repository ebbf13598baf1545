import { baseurl } from './baseurl.ts';
import { brokenMarkdownLinkFix, brokenMetadataLinkFix } from './brokenLinkFix.ts';
import type { CleanupRule } from './cleanupRule.ts';
import { courseAbsoluteLink } from './courseAbsoluteLink.ts';
import { inaccessible } from './inaccessible.ts';
import { linkLogging } from './linkLogging.ts';
import { linkResolveuid } from './linkResolveuid.ts';
import { linkToExternalResource } from './linkToExternalResource.ts';
import { linkUnescape } from './linkUnescape.ts';
import { linkWrappedImages } from './linkWrappedImages.ts';
import { metadataRelativeUrls } from './metadataRelativeUrls.ts';
import { navItemToExternalResource } from './navItemToExternalResource.ts';
import { resourceLinkNextprev } from './resourceLinkNextprev.ts';
import { rootrelativeUrls } from './rootrelativeUrls.ts';
import { shortcodeLogging } from './shortcodeLogging.ts';
import { subsup } from './subsup.ts';
import { validateUrls } from './validateUrls.ts';

/** Every rule, in the order in which they are best applied. */
export const cleanupRules: readonly CleanupRule[] = [
  linkUnescape,
  inaccessible,
  subsup,
  linkResolveuid,
  courseAbsoluteLink,
  rootrelativeUrls,
  linkWrappedImages,
  baseurl,
  metadataRelativeUrls,
  brokenMarkdownLinkFix,
  brokenMetadataLinkFix,
  resourceLinkNextprev,
  linkToExternalResource,
  navItemToExternalResource,
  linkLogging,
  shortcodeLogging,
  validateUrls,
];

export function findRule(name: string): CleanupRule | undefined {
  return cleanupRules.find((rule) => rule.name === name);
}
