/**
 * What an installation can switch for some people by a flag of PostHog. What stands here holds where PostHog is off, does not know the flag, or has
 * not answered yet. Names are those of the existing system, so that its project goes on.
 */
export const featureFlags = {
  /** Whether content can be deleted in the studio. */
  OCW_STUDIO_CONTENT_DELETABLE: true,
} as const satisfies Readonly<Record<string, boolean>>;

export type FeatureFlag = keyof typeof featureFlags;
export type Features = { readonly [flag in FeatureFlag]: boolean };

/** Every flag as the catalogue has it. */
export const usualFeatures: Features = { ...featureFlags };

/** The flags that `found` has a yes or no for; the others are as usual. */
export function featuresOf(found: Readonly<Record<string, unknown>>): Features {
  return Object.fromEntries(
    Object.entries(featureFlags).map(([flag, usual]) => {
      const value = found[flag];
      return [flag, typeof value === 'boolean' ? value : usual];
    }),
  ) as Features;
}
