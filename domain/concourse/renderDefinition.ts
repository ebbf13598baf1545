import type { PublishVersion } from '../runs.ts';
import { type DefinitionFault, checkDefinition } from './checkDefinition.ts';
import type { Pipeline, PipelineRef } from './definition.ts';
import { massBuildRef, type MassBuildInput, renderMassBuildPipeline } from './massBuildPipeline.ts';
import { renderS3SyncPipeline, s3SyncRef } from './s3SyncPipeline.ts';
import type { ConcourseSettings } from './settings.ts';
import type { ForeignFolders, SiteWords } from './siteBuild.ts';
import { renderSitePipeline, sitePipelineRef } from './sitePipeline.ts';
import { renderThemeAssetsPipeline, themeAssetsRef } from './themeAssetsPipeline.ts';
import { renderUnpublishPipeline, unpublishRef } from './unpublishPipeline.ts';

/** Kinds of pipelines; the first is about one site. */
export const definitionKinds = ['site', 'theme-assets', 'mass-build', 'unpublish', 's3-sync'] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

export type DefinitionInput =
  | { readonly kind: 'site'; readonly site: SiteWords; readonly version: PublishVersion; readonly theme: string; readonly foreignFolders: ForeignFolders }
  | ({ readonly kind: 'mass-build' } & MassBuildInput)
  | { readonly kind: 'theme-assets' | 'unpublish' | 's3-sync' };

export interface RenderedDefinition {
  readonly ref: PipelineRef;
  readonly pipeline: Pipeline;
}

/** A definition that Concourse would not take, or would take without using all of it. */
export class DefinitionInvalidError extends Error {
  override readonly name = 'DefinitionInvalidError';
  readonly faults: readonly DefinitionFault[];
  constructor(faults: readonly DefinitionFault[]) {
    super(faults.map((fault) => `${fault.path}: ${fault.message}`).join('; '));
    this.faults = faults;
  }
}

/**
 * Renders a pipeline of any kind, checked.
 * @throws {DefinitionInvalidError} when what came out is no valid definition.
 * @throws {Error} when the site has no URL, or a mass build nothing to build.
 */
export function renderDefinition(settings: ConcourseSettings, input: DefinitionInput): RenderedDefinition {
  const rendered = render(settings, input);
  const faults = checkDefinition(rendered.pipeline);
  if (faults.length > 0) throw new DefinitionInvalidError(faults);
  return rendered;
}

function render(settings: ConcourseSettings, input: DefinitionInput): RenderedDefinition {
  switch (input.kind) {
    case 'site':
      return { ref: sitePipelineRef(input.site.name, input.version, input.theme), pipeline: renderSitePipeline(settings, input) };
    case 'mass-build':
      return { ref: massBuildRef(settings, input), pipeline: renderMassBuildPipeline(settings, input) };
    case 'theme-assets':
      return { ref: themeAssetsRef(settings), pipeline: renderThemeAssetsPipeline(settings) };
    case 'unpublish':
      return { ref: unpublishRef, pipeline: renderUnpublishPipeline(settings) };
    case 's3-sync':
      return { ref: s3SyncRef, pipeline: renderS3SyncPipeline(settings) };
  }
}
