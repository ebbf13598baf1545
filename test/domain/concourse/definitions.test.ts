import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkDefinition } from '#domain/concourse/checkDefinition.ts';
import { renderDefinition } from '#domain/concourse/renderDefinition.ts';
import { withoutSecrets } from '#domain/concourse/settings.ts';
import { renderSitePipeline } from '#domain/concourse/sitePipeline.ts';
import { filesBelow } from '#test/support/corpus.ts';
import { course, development, goldenDefinitions, goldenFolder, production, root } from './support/goldenDefinitions.ts';

const pipeline = (): Record<string, unknown> => structuredClone(renderSitePipeline(production, { site: course, version: 'live', theme: '', foreignFolders: [] })) as unknown as Record<string, unknown>;

/** A definition with one thing changed: a path of keys and what stands there then (absent: nothing). */
function changed(path: string, value?: unknown): unknown {
  const whole = pipeline();
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, whole);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return whole;
}

/** Accepted only by `node --import tsx test/domain/concourse/acceptGoldenDefinitions.ts`. */
it('every kind of definition is rendered as it was accepted', () => {
  const accepted = filesBelow(fileURLToPath(goldenFolder)).map(({ path, bytes }) => [path, bytes.toString()]);
  expect(accepted.length).toBeGreaterThan(10);
  expect(Object.fromEntries(goldenDefinitions())).toEqual(Object.fromEntries(accepted));
});

describe('what a definition does', () => {
  it('with a site that has no URL is not rendered: its upload would remove everything in the bucket', () => {
    expect(() => renderDefinition(production, { kind: 'site', site: { ...course, urlPath: '' }, version: 'live', theme: '', foreignFolders: [] })).toThrow('has no URL');
  });

  it('removes in the root site’s own folders only, and stops before it writes into another site’s', () => {
    const text = JSON.stringify(renderSitePipeline(production, { site: root, version: 'live', theme: '', foreignFolders: ['courses'] }));
    expect(text).toContain('"FOREIGN_FOLDERS":"courses"');
    expect(text).not.toMatch(/sync site-content-git\/output-online \\"s3:\/\/ocw-live\\"/);
  });

  it('lets nobody index a draft, an extra theme or a test site', () => {
    const noindex = (name: string): string[] => [...(goldenDefinitions().get(`${name}.json`) ?? '').matchAll(/"NOINDEX": "(\w+)"/g)].map((match) => match[1] ?? '');
    expect({ live: noindex('site-live')[0], draft: noindex('site-draft')[0], theme: noindex('site-live-extra-theme')[0], test: noindex('site-live-test')[0], development: noindex('site-live-development')[0] }).toEqual({
      live: 'false',
      draft: 'true',
      theme: 'true',
      test: 'true',
      development: 'true',
    });
  });

  it.each([
    ['/courses/o', '/courses/o/6-042j-mathematics-spring-2015'],
    ['courses/o/', '/courses/o/6-042j-mathematics-spring-2015'],
    ['https://learn.example.edu/courses/o', 'https://learn.example.edu/courses/o/6-042j-mathematics-spring-2015'],
  ])('builds an extra theme that is read at %s for that address', (readAt, baseUrl) => {
    const { pipeline: rendered } = renderDefinition({ ...production, extraThemesBaseUrls: { 'ocw-course-v3': readAt } }, { kind: 'site', site: course, version: 'live', theme: 'ocw-course-v3', foreignFolders: [] });
    expect(JSON.stringify(rendered)).toContain(` --baseURL ${baseUrl} --destination output-online`);
  });

  it('tells the themes where other sites and uploaded files are, as the installation says', () => {
    const params = (settings: typeof production): string => JSON.stringify(renderDefinition(settings, { kind: 'site', site: course, version: 'live', theme: '', foreignFolders: [] }));
    expect(params(production)).toContain(`"STATIC_API_BASE_URL":"${production.liveSiteUrl}"`);
    const own = params({ ...production, staticApiLiveUrl: 'https://api.example.edu', resourceLiveUrl: 'https://files.example.edu' });
    expect(own).toContain('"STATIC_API_BASE_URL":"https://api.example.edu"');
    expect(own).toContain('"RESOURCE_BASE_URL":"https://files.example.edu"');
  });

  it('for people holds no secret', () => {
    const text = (settings: typeof development): string => JSON.stringify(renderDefinition(settings, { kind: 'site', site: course, version: 'live', theme: '', foreignFolders: [] }));
    for (const secret of ['bearer-token', 'git-token', '"secret"', '"key"']) expect({ secret, stands: text(development).includes(secret) }).toEqual({ secret, stands: true });
    expect(text(withoutSecrets(development))).not.toMatch(/bearer-token|git-token|"secret"|"key"/);
    expect(text(withoutSecrets(development))).toContain('<API_BEARER_TOKEN>');
  });

  it('of a mass build cannot be offline and remove files at once', () => {
    expect(() => renderDefinition(production, { kind: 'mass-build', version: 'live', isOffline: true, isDeleting: true, theme: '', starter: '', sites: [course], rootSiteName: 'ocw-www', foreignFolders: [] })).toThrow('at once');
  });
});

describe('the check', () => {
  it.each([
    ['an unknown key at the top', 'extra', 1, 'extra'],
    ['an unknown key of a job', 'jobs.0.max_inflight', 1, 'jobs[0].max_inflight'],
    ['an unknown key of a step', 'jobs.0.plan.1.triggers', true, 'jobs[0].plan[1].triggers'],
    ['an unknown key in a hook', 'jobs.0.plan.1.on_failure.do.0.try.no_puts', true, 'jobs[0].plan[1].on_failure.do[0].try.no_puts'],
    ['an unknown key of a task', 'jobs.0.plan.6.config.image', {}, 'jobs[0].plan[6].config.image'],
    ['an unknown key of a run', 'jobs.0.plan.6.config.run.shell', 'sh', 'jobs[0].plan[6].config.run.shell'],
    ['an unknown key of an image', 'jobs.0.plan.6.config.image_resource.tag', '1', 'jobs[0].plan[6].config.image_resource.tag'],
    ['an unknown key of an input', 'jobs.0.plan.6.config.inputs.0.paths', '.', 'jobs[0].plan[6].config.inputs[0].paths'],
    ['an unknown key of a resource', 'resources.0.check', 'never', 'resources[0].check'],
    ['no jobs', 'jobs', undefined, ''],
    ['no name of a job', 'jobs.0.name', undefined, 'jobs[0]'],
    ['no platform', 'jobs.0.plan.6.config.platform', undefined, 'jobs[0].plan[6].config'],
    ['no program to run', 'jobs.0.plan.6.config.run.path', undefined, 'jobs[0].plan[6].config.run'],
    ['no source', 'resources.0.source', undefined, 'resources[0]'],
    ['a step that does nothing', 'jobs.0.plan.6', { timeout: '1m' }, 'jobs[0].plan[6]'],
    ['a step that does two things', 'jobs.0.plan.1.task', 'build', 'jobs[0].plan[1]'],
    ['a resource that is not there', 'jobs.0.plan.1.get', 'nothing', 'jobs[0].plan[1].get'],
    ['a type that is not there', 'resources.0.type', 'nothing', 'resources[0].type'],
    ['a job that is not there', 'jobs.1.plan.0.passed.0', 'nothing', 'jobs[1].plan[0].passed[0]'],
    ['a time that is none', 'jobs.0.plan.6.timeout', 'two minutes', 'jobs[0].plan[6].timeout'],
    ['tries that are none', 'jobs.0.plan.6.attempts', 0, 'jobs[0].plan[6].attempts'],
    ['a parameter that is no text', 'jobs.0.plan.6.config.params.LIST', [], 'jobs[0].plan[6].config.params.LIST'],
  ])('names %s by its place', (_what, path, value, place) => {
    expect(checkDefinition(changed(path, value)).map((fault) => fault.path)).toContain(place);
  });

  it('finds nothing in what is right, and says what is no definition at all', () => {
    expect(checkDefinition(pipeline())).toEqual([]);
    expect(checkDefinition([])).toEqual([{ path: '', message: 'must be an object' }]);
  });
});
