import { join } from 'node:path';
import { HugoError } from '#clients/hugo.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import { counted } from '#domain/counted.ts';
import { parseHugoOutput } from '#domain/hugoErrors.ts';
import { formatBytes, type Manifest } from '#domain/manifest.ts';
import type { Problem, PublishVersion } from '#domain/runs.ts';
import { activityContext } from './activityContext.ts';
import { createBuildOutput, type KnownContent, type StaticFile } from './buildOutput.ts';
import { allOf, type BuildSource, createBuildSource, type OutputSource } from './buildSource.ts';
import { getJson, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { hugoCall } from './hugoCall.ts';
import { ledToItems } from './ledToItems.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { preflight } from './preflight.ts';
import { StepError } from './stepError.ts';

export interface BuildSiteInput extends PhaseInput {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly commit: string;
}

export interface BuildSiteResult extends PhaseResult {
  /** The manifest of the site's own theme. */
  readonly buildKey: string;
}

/** The manifests of a run's theme outputs, as `storeKeys.outputs` lists them. */
interface Outputs {
  readonly themes: readonly string[];
}

/** One build under way. */
interface Build {
  readonly input: BuildSiteInput;
  readonly source: BuildSource;
  readonly buildDir: string;
  readonly siteDir: string;
  readonly known: Promise<KnownContent>;
  readonly statics: Promise<readonly StaticFile[]>;
  readonly abortSignal: AbortSignal;
}

/** Builds of sites with Hugo. */
export function createHugoActivities(deps: ActivityDeps) {
  const { config, db, hugo, s3, workspace } = deps;
  const sources = createBuildSource(deps);
  const outputs = createBuildOutput(deps);

  return {
    /**
     * Builds the site from one commit, once for each of its themes, and stores what is new of the output, with a manifest
     * per theme beside it and the list of themes last.
     * Idempotent because output is named by its content: storing it again changes nothing, and an output that has its manifest is kept.
     * Kill points: during checkout or Hugo (the folder is thrown away), between blobs and manifest (blobs are found again), between two
     * themes (the first is kept, the second is made of the same themes, configurations and assets), before the list (written again).
     */
    async buildSite(input: BuildSiteInput): Promise<BuildSiteResult> {
      const { abortSignal } = activityContext();
      const buildKey = storeKeys.build(input.siteId, input.version, input.runId);
      const outputsKey = storeKeys.outputs(input.siteId, input.version, input.runId);
      const listed = await getJson<Outputs>(deps, outputsKey);
      if (listed !== null) return { buildKey, ...builtSummary(await storedManifests(input, listed.themes)) };
      const planned = await sources.planOutputs(input);
      const stored = await storedManifests(input, planned.themes);
      const missing = planned.themes.filter((theme) => !stored.some((manifest) => manifest.theme === theme));
      const made = missing.length === 0 ? [] : await build(input, planned, missing, stored, abortSignal);
      await putJson(deps, outputsKey, { themes: planned.themes } satisfies Outputs);
      return { buildKey, ...builtSummary([...stored, ...made]) };
    },
  };

  async function storedManifests(input: BuildSiteInput, themes: readonly string[]): Promise<Manifest[]> {
    const found = await Promise.all(themes.map((theme) => getJson<Manifest>(deps, storeKeys.build(input.siteId, input.version, input.runId, theme))));
    return found.filter((manifest) => manifest !== null);
  }

  async function build(input: BuildSiteInput, planned: Awaited<ReturnType<typeof sources.planOutputs>>, missing: readonly string[], stored: readonly Manifest[], abortSignal: AbortSignal): Promise<Manifest[]> {
    const buildDir = await workspace.newBuildDir();
    const siteDir = join(buildDir, 'site');
    let pending: Promise<unknown> | undefined;
    try {
      const [source] = await allOf([sources.prepare(planned, input.version, stored[0] ?? null, abortSignal), sources.checkOut(planned.site, input.commit, siteDir, abortSignal)]);
      // Both are asked for while Hugo runs.
      const under: Build = { input, source, buildDir, siteDir, abortSignal, known: outputs.readKnown(source), statics: outputs.readStatics(source, abortSignal) };
      pending = Promise.allSettled([under.known, under.statics]);
      // What an earlier try found stays: it built the outputs that are kept.
      const warnings = stored.length === 0 ? [] : ((await findRun(db, input.runId))?.warnings ?? []).filter((warning) => 'phase' in warning && warning.phase === input.phase);
      warnings.push(...(await preflight(deps, { source, siteDir, hugoConfigs: source.outputs.map((output) => output.configFile) })));
      const made: Manifest[] = [];
      for (const output of source.outputs.filter(({ theme }) => missing.includes(theme))) {
        warnings.push(...(await runHugo(under, output)));
        await amendRun(db, input.runId, { warnings: uniqueProblems(warnings), phase: input.phase });
        made.push(await storeOutput(under, output));
      }
      return made;
    } finally {
      // Nothing reads on behind the end of the activity; why a reading failed was said by what waited for it.
      await pending;
      await workspace.remove(buildDir);
    }
  }

  function settingsOf({ source }: Build, output: OutputSource) {
    return hugoCall(config, { site: source.site, starterConfig: source.starterConfig, version: source.version, theme: output.theme });
  }

  async function runHugo(under: Build, output: OutputSource): Promise<Problem[]> {
    const { source, buildDir, siteDir, abortSignal } = under;
    const { baseUrl, buildDrafts, env } = settingsOf(under, output);
    // Shared by the outputs of one build and by nobody else: what was fetched for one is the same for the next.
    const cacheDir = join(buildDir, 'cache');
    const folders = { siteDir, themesDir: source.themesDir, projectsDir: source.projectsDir };
    const whose = output.theme === '' ? '' : ` with the theme ‘${output.theme}’`;
    try {
      const said = await hugo.build({ binary: output.hugo, workDir: siteDir, themesDir: source.themesDir, configFile: output.configFile, baseUrl, destination: outputDirOf(buildDir, output), cacheDir, compiledDir: workspace.hugoCompiledDir, buildDrafts, env, abortSignal });
      return await ledToItems(db, source.site, parseHugoOutput(said, folders).warnings);
    } catch (error) {
      if (!(error instanceof HugoError)) throw error;
      await s3.put(config.buildStoreBucket, storeKeys.log(under.input.runId), error.output, { contentType: 'text/plain; charset=utf-8' });
      if (error.kind !== 'failed') throw error;
      const errors = await ledToItems(db, source.site, parseHugoOutput(error.output, folders).errors);
      const first = errors[0];
      const where = first?.file === undefined ? '' : ` ${first.file}${first.line === undefined ? '' : `:${first.line}`}:`;
      throw new StepError('HugoFailed', first === undefined ? `Hugo could not build the site${whose} and did not say why. Its whole output is kept with the run.` : `Hugo could not build the site${whose}.${where} ${first.message}`, errors);
    }
  }

  /** Stores what is new of one output, and its manifest last. */
  async function storeOutput(under: Build, output: OutputSource): Promise<Manifest> {
    const { input, source, buildDir, abortSignal } = under;
    const files = await outputs.store(outputDirOf(buildDir, output), source, await under.known, abortSignal);
    // Uploaded files never replace what Hugo put out.
    for (const { path, entry } of await under.statics) if (!Object.hasOwn(files, path)) files[path] = entry;
    const manifest: Manifest = {
      format: 1,
      siteId: source.site.id,
      siteName: source.site.name,
      version: input.version,
      theme: output.theme,
      prefix: settingsOf(under, output).prefix,
      runId: input.runId,
      commit: input.commit,
      themesCommit: source.themesCommit,
      projectsCommit: source.projectsCommit,
      hugoVersion: output.hugo.version,
      webpackVersion: source.webpackVersion,
      files,
    };
    await putJson(deps, storeKeys.build(input.siteId, input.version, input.runId, output.theme), manifest);
    return manifest;
  }
}

function outputDirOf(buildDir: string, output: OutputSource): string {
  return join(buildDir, 'output', output.theme === '' ? 'own' : `theme-${output.theme}`);
}

function builtSummary(manifests: readonly Manifest[]): PhaseResult {
  const entries = manifests.flatMap((manifest) => Object.values(manifest.files));
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  const themes = manifests.length === 1 ? '' : ` in ${counted(manifests.length, 'theme')}`;
  return { summary: `${counted(entries.length, 'file')}${themes}, ${formatBytes(bytes)}`, counts: { files: entries.length, bytes, ...(manifests.length === 1 ? {} : { themes: manifests.length }) } };
}

function uniqueProblems(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.file ?? ''}:${problem.line ?? ''}:${problem.message}`, problem])).values()].slice(0, 50);
}
