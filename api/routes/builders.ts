import { type Concourse, createConcourse } from '#clients/concourse.ts';
import { ConcourseError } from '#clients/concourseError.ts';
import { findOpenBuilderBuild } from '#db/queries/builderBuilds.ts';
import { findSiteByName, listOtherUrlPaths, setBuilder, type SiteRow } from '#db/queries/sites.ts';
import { findStarter } from '#db/queries/starters.ts';
import { listDeployedWebsites, listUndownloadableSites } from '#db/queries/websites.ts';
import { type Builder, builderOf } from '#domain/builderOf.ts';
import { type DefinitionInput, type DefinitionKind, renderDefinition } from '#domain/concourse/renderDefinition.ts';
import { withoutSecrets } from '#domain/concourse/settings.ts';
import type { SiteWords } from '#domain/concourse/siteBuild.ts';
import { foreignFoldersOf, siteWordsOf } from '#domain/concourse/siteWords.ts';
import { sitePipelineRef } from '#domain/concourse/sitePipeline.ts';
import { publishVersions } from '#domain/runs.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';
import type { Call, Handlers } from '../router.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<Handlers, 'GET /api/v1/sites/:site/builder' | 'PUT /api/v1/sites/:site/builder' | 'GET /api/v1/sites/:site/pipelines/:kind'>;

/** What builds a site: our own workers, or Concourse. */
export function builderRoutes(deps: ApiDeps): Routes {
  const { config, db } = deps;
  const concourse = createConcourse(config);

  async function wordsOf(site: SiteRow): Promise<SiteWords> {
    const starter = site.starterId === null ? undefined : await findStarter(db, site.starterId);
    if (starter === undefined || starter.config === null) throw new ApiError('wrongState', `The site ‘${site.title}’ has no starter that can be read, so no pipeline can be defined for it.`);
    if (site.urlPath === null && site.name !== config.rootWebsiteName) throw new ApiError('wrongState', `The site ‘${site.title}’ has no URL yet, so its pipelines would have nowhere to write to. Give it one first.`);
    return siteWordsOf(site, { slug: starter.slug, config: starter.config as SiteConfig });
  }

  const themesOf = (site: SiteRow): readonly string[] => (site.starterSlug === config.defaultCourseTheme ? ['', ...config.extraCourseThemes] : ['']);
  const foreignFolders = async (siteId: string): Promise<readonly string[]> => foreignFoldersOf(await listOtherUrlPaths(db, siteId), config.extraCourseThemes);

  /** Every pipeline of a site, in both versions and for each theme. */
  const pipelinesOf = (site: SiteRow) => publishVersions.flatMap((version) => themesOf(site).map((theme) => ({ version, theme, ref: sitePipelineRef(site.name, version, theme) })));

  async function define(builder: NonNullable<Concourse>, site: SiteRow): Promise<string[]> {
    const words = await wordsOf(site);
    const folders = await foreignFolders(site.id);
    const defined: string[] = [];
    for (const { version, theme, ref } of pipelinesOf(site)) {
      await builder.upsert(ref, renderDefinition(config, { kind: 'site', site: words, version, theme, foreignFolders: folders }).pipeline);
      await builder.pause(ref);
      defined.push(ref.name);
    }
    return defined;
  }

  async function pause(builder: NonNullable<Concourse>, site: SiteRow): Promise<string[]> {
    const paused: string[] = [];
    for (const { ref } of pipelinesOf(site)) {
      try {
        await builder.pause(ref);
        paused.push(ref.name);
      } catch (error) {
        // A pipeline that was never made cannot run.
        if (!(error instanceof ConcourseError) || error.kind !== 'missing') throw error;
      }
    }
    return paused;
  }

  /** Lets Concourse follow first: a site whose row says so has its pipelines as they must be. */
  async function follow(site: SiteRow, builder: Builder): Promise<string[]> {
    if (concourse === null) {
      if (builder === 'temporal') return [];
      throw new ApiError('wrongState', 'No Concourse is set up here. Set CONCOURSE_URL, CONCOURSE_USERNAME and CONCOURSE_PASSWORD first.');
    }
    try {
      return builder === 'concourse' ? await define(concourse, site) : await pause(concourse, site);
    } catch (error) {
      if (!(error instanceof ConcourseError)) throw error;
      deps.log.warn({ err: error, site: site.name }, 'Concourse did not follow a change of builder');
      throw new ApiError('builderUnavailable', `Concourse does not do what it is asked: ${error.message}. The site’s builder is as it was; try again.`);
    }
  }

  async function definitionOf(call: Call<'GET /api/v1/sites/:site/pipelines/:kind'>, site: SiteRow, kind: DefinitionKind): Promise<DefinitionInput> {
    const { version, theme } = call.query;
    if (kind === 'site') return { kind, site: await wordsOf(site), version, theme, foreignFolders: await foreignFolders(site.id) };
    if (kind !== 'mass-build') return { kind };
    const isOffline = call.query.offline === 'true';
    const isDeleting = call.query.delete === 'true';
    if (isOffline && isDeleting) throw new ApiError('wrongState', 'A mass build cannot be offline and remove files at once.');
    const hidden = isOffline ? await listUndownloadableSites(db) : new Set<string>();
    const root = await findSiteByName(db, config.rootWebsiteName);
    const sites = (await listDeployedWebsites(db, { version, except: [...config.testSiteSlugs, config.testRootWebsiteName] })).flatMap((row): SiteWords[] => {
      // The root site is never downloaded; its tree is read all the same.
      if (hidden.has(row.name) && row.name !== config.rootWebsiteName) return [];
      if (row.starter === null || (row.urlPath === null && row.name !== config.rootWebsiteName) || row.unpublishStatus !== null) return [];
      return [siteWordsOf(row, { slug: row.starter.slug, config: (row.starter.config as SiteConfig | null) ?? { 'root-url-path': '', collections: [] } })];
    });
    if (sites.length === 0) throw new ApiError('wrongState', `No site is out in the version ${version}, so there is nothing to build.`);
    return { kind, version, isOffline, isDeleting, theme, starter: '', sites, rootSiteName: config.rootWebsiteName, foreignFolders: await foreignFolders(root?.id ?? site.id) };
  }

  return {
    'GET /api/v1/sites/:site/builder': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      return { builder: builderOf(config, site), own: site.builder };
    },
    'PUT /api/v1/sites/:site/builder': async ({ params, body, who, note }) => {
      note({ builder: body.builder });
      assertMayChoose(who);
      const site = await visibleSite(deps, params.site, who);
      for (const version of publishVersions) {
        if (body.builder === 'temporal' && (await findOpenBuilderBuild(db, site.id, version)) !== undefined) throw new ApiError('wrongState', `Concourse builds the ${version} site right now. Wait until it is done, or stop that publish, then choose again.`);
      }
      const pipelines = await follow(site, body.builder);
      await setBuilder(db, site.id, body.builder);
      deps.log.info({ site: site.name, builder: body.builder, by: who.userId ?? who.name }, 'A site got another builder');
      return { builder: body.builder, own: body.builder, pipelines };
    },
    'GET /api/v1/sites/:site/pipelines/:kind': async (call) => {
      assertMayChoose(call.who);
      const site = await visibleSite(deps, call.params.site, call.who);
      const { ref, pipeline } = renderDefinition(withoutSecrets(config), await definitionOf(call, site, call.params.kind));
      return { name: ref.name, vars: ref.vars === null ? null : { ...ref.vars }, pipeline: { ...pipeline } };
    },
  };
}

function assertMayChoose(who: Principal): void {
  if (!studioPolicy.chooseBuilders(who)) throw new ApiError('forbidden', 'Only a global admin may choose what builds a site, or see its pipelines.');
}
