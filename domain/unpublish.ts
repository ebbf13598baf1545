/** Why a site cannot be taken offline, as a sentence; undefined when it can. */
export function unpublishFault(facts: { readonly isRoot: boolean; readonly isOut: boolean; readonly isMoving: boolean }): string | undefined {
  if (facts.isRoot) return 'The root site is the home of all others and cannot be taken offline.';
  if (facts.isMoving) return 'The site is moving to another URL. Wait until it has arrived, or stop the move; then unpublish it.';
  if (!facts.isOut) return 'The site is not live, so there is nothing to take offline.';
  return undefined;
}
