/** What may build a site: our own workers, or Concourse. */
export type Builder = 'temporal' | 'concourse';

/** What builds a site: what its row names, or else what the installation does. */
export function builderOf(config: { readonly publishBuilder: Builder }, site: { readonly builder: Builder | null }): Builder {
  return site.builder ?? config.publishBuilder;
}
