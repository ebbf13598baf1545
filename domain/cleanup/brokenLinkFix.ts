import type { TextRule } from './cleanupRule.ts';
import { guessTarget, linkDestination } from './linkDestination.ts';
import { type LinkDecision, linkRule, linkTo, metadataFields } from './linkRewriting.ts';

function fixRule(rule: Pick<TextRule, 'name' | 'title' | 'covers'>): TextRule {
  return linkRule({
    ...rule,
    decide(link, context): LinkDecision {
      const { site } = context;
      const destination = linkDestination(link.url, site);
      // Whatever else is under `courses/` was another course: the same name there says nothing about this one.
      const isOurs = destination.kind === 'own' || (destination.kind === 'nowhere' && destination.form !== 'absolute' && !destination.path.startsWith('/courses/'));
      if (!isOurs) return null;
      const url = destination.kind === 'own' ? destination.url : destination.path;
      if (url.replaceAll('/', '') === '' || site.byUrl(url) !== undefined) return null;
      const guess = guessTarget(url, site);
      switch (guess.kind) {
        case 'none':
          return { replacement: null, note: 'broken, and no item looks like it' };
        case 'several':
          return { replacement: null, note: `broken, and ${guess.count} items might be meant` };
        case 'found':
          return linkTo(link, guess.target, destination.suffix, context, `was broken; leads to ‘${guess.target.title ?? guess.target.url}’, ${guess.why}`);
      }
    },
  });
}

/**
 * Links of bodies whose page was renamed or moved lead to it again, by its id: a page that had the address before (or has
 * it as an alias), the section of an `_index`, or the only item whose file has this name.
 * `[Notes]({{< baseurl >}}/pages/old-section/notes)` becomes `{{% resource_link "<id of /pages/notes>" "Notes" %}}`.
 * Left alone: links that work, other sites, and names that several items have.
 */
export const brokenMarkdownLinkFix = fixRule({ name: 'broken_markdown_link_fix', title: 'Broken links of bodies lead to the page that was renamed or moved', covers: (field) => field.path === 'markdown' });

/**
 * Does in metadata what brokenMarkdownLinkFix does in bodies.
 * `[Notes](/pages/old-section/notes)` in a caption becomes `{{% resource_link "<id of /pages/notes>" "Notes" %}}`, in plain text
 * a link from the root.
 * Left alone: links that work, other sites, and names that several items have.
 */
export const brokenMetadataLinkFix = fixRule({ name: 'broken_metadata_link_fix', title: 'Broken links of metadata lead to the page that was renamed or moved', covers: metadataFields });
