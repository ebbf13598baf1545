/** What may build a site: our own workers, or Concourse. */
export const builders = ['temporal', 'concourse'] as const;
export type Builder = (typeof builders)[number];

/** What builds a site: what its row names, or else what the installation does. */
export function builderOf(config: { readonly publishBuilder: Builder }, site: { readonly builder: Builder | null }): Builder {
  return site.builder ?? config.publishBuilder;
}
