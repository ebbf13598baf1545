import { ApplicationFailure } from '@temporalio/common';
import type { BuilderPhaseInput } from '#activities/concourse.ts';
import type { Activities } from '#activities/index.ts';

type BuilderActivities = Pick<Activities, 'defineBuild' | 'checkResources' | 'triggerBuild' | 'readBuild' | 'abortBuilds' | 'recordBuilderPhase' | 'recordBuiltElsewhere'>;

/**
 * A Concourse in memory, with the activities over it. `statuses` is what each look at a build finds, the last one for ever;
 * `during` is what happens inside a step before it succeeds.
 */
export function createBuilder(options: { readonly themes?: readonly string[]; readonly statuses?: readonly (string | null)[]; readonly during?: Partial<Record<'define' | 'check' | 'trigger' | 'look', () => Promise<void> | void>> } = {}) {
  const log: string[] = [];
  const phases: BuilderPhaseInput[] = [];
  const looks = [...(options.statuses ?? ['succeeded'])];
  const builds = new Map<string, number>();
  const aborted: string[] = [];
  const activities: BuilderActivities = {
    defineBuild: async () => {
      await options.during?.define?.();
      log.push('define');
      return { themes: options.themes ?? [''] };
    },
    checkResources: async ({ theme }) => {
      await options.during?.check?.();
      log.push(`check ${theme}`.trim());
    },
    triggerBuild: async ({ theme, attempt }) => {
      const key = `${attempt}/${theme}`;
      const buildId = builds.get(key) ?? builds.size + 1;
      if (!builds.has(key)) log.push(`trigger ${theme}`.trim());
      builds.set(key, buildId);
      await options.during?.trigger?.();
      return { buildId };
    },
    readBuild: async () => {
      await options.during?.look?.();
      log.push('look');
      const status = looks.length > 1 ? looks.shift() : looks[0];
      return { status: (status ?? null) as Awaited<ReturnType<BuilderActivities['readBuild']>>['status'] };
    },
    abortBuilds: ({ attempt }) => {
      log.push('abort');
      aborted.push(attempt);
      return Promise.resolve();
    },
    recordBuilderPhase: (phase) => Promise.resolve(void phases.push(phase)),
    recordBuiltElsewhere: () => {
      log.push('record');
      return Promise.resolve({ summary: 'recorded', counts: {} });
    },
  };
  return { activities, log, phases, aborted, builds };
}

/** What a client that cannot reach Concourse becomes. */
export function away(): ApplicationFailure {
  return ApplicationFailure.create({ type: 'ConcourseUnavailable', message: 'Concourse does not answer properly.', nonRetryable: true, details: [{ problems: [] }] });
}
