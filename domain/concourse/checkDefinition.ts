/** What is wrong with a definition, and where: `jobs[0].plan[2].config.run`. */
export interface DefinitionFault {
  readonly path: string;
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

const HOOKS = ['on_success', 'on_failure', 'on_error', 'on_abort', 'ensure'] as const;
const MODIFIERS = ['attempts', 'timeout', 'across', 'fail_fast', ...HOOKS] as const;

/** Keys each kind of thing may have, and those it must: Concourse takes unknown ones at the top without a word. */
const keys = {
  pipeline: { may: ['resources', 'resource_types', 'prototypes', 'var_sources', 'groups', 'display'], must: ['jobs'] },
  job: { may: ['old_name', 'serial', 'serial_groups', 'max_in_flight', 'public', 'disable_manual_trigger', 'disable_reruns', 'interruptible', 'build_log_retention', 'build_logs_to_retain', ...HOOKS], must: ['name', 'plan'] },
  resource: { may: ['old_name', 'public', 'webhook_token', 'check_every', 'check_timeout', 'tags', 'version', 'icon', 'expose_build_created_by'], must: ['name', 'type', 'source'] },
  resource_type: { may: ['privileged', 'check_every', 'tags', 'params', 'defaults'], must: ['name', 'type', 'source'] },
  group: { may: ['jobs', 'resources'], must: ['name'] },
  display: { may: ['background_image', 'background_filter'], must: [] },
  var_source: { may: [], must: ['name', 'type', 'config'] },
  retention: { may: ['days', 'builds', 'minimum_succeeded_builds'], must: [] },
  config: { may: ['image_resource', 'rootfs_uri', 'container_limits', 'params', 'inputs', 'outputs', 'caches'], must: ['platform', 'run'] },
  image: { may: ['name', 'version', 'params', 'tags'], must: ['type', 'source'] },
  run: { may: ['args', 'dir', 'user'], must: ['path'] },
  limits: { may: ['cpu', 'memory'], must: [] },
  input: { may: ['path', 'optional'], must: ['name'] },
  output: { may: ['path'], must: ['name'] },
  cache: { may: [], must: ['path'] },
  across: { may: ['max_in_flight'], must: ['var', 'values'] },
  parallel: { may: ['limit', 'fail_fast'], must: ['steps'] },
} as const satisfies Record<string, { may: readonly string[]; must: readonly string[] }>;

/** A step is of the kind whose first key it has. */
const steps = {
  get: { may: ['resource', 'version', 'params', 'passed', 'trigger', 'tags'], must: [] },
  put: { may: ['resource', 'params', 'inputs', 'tags', 'get_params', 'no_get'], must: [] },
  task: { may: ['privileged', 'hermetic', 'file', 'container_limits', 'config', 'params', 'vars', 'tags', 'input_mapping', 'output_mapping', 'image'], must: [] },
  run: { may: ['type', 'params', 'privileged', 'tags', 'container_limits'], must: ['type'] },
  set_pipeline: { may: ['file', 'vars', 'var_files', 'instance_vars', 'team'], must: ['file'] },
  load_var: { may: ['file', 'format', 'reveal'], must: ['file'] },
  try: { may: [], must: [] },
  do: { may: [], must: [] },
  in_parallel: { may: [], must: [] },
} as const satisfies Record<string, { may: readonly string[]; must: readonly string[] }>;

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;

/** Everything that Concourse would refuse in a pipeline definition, or would take without using it, each with its place. */
export function checkDefinition(value: unknown): DefinitionFault[] {
  const faults: DefinitionFault[] = [];
  const say = (path: string, message: string): void => void faults.push({ path, message });

  function object(given: unknown, path: string, allowed?: { may: readonly string[]; must: readonly string[] }): Json | null {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      say(path, 'must be an object');
      return null;
    }
    const found = given as Json;
    if (allowed !== undefined) {
      for (const key of Object.keys(found)) if (!allowed.may.includes(key) && !allowed.must.includes(key)) say(`${path === '' ? '' : `${path}.`}${key}`, 'is no key Concourse knows here');
      for (const key of allowed.must) if (found[key] === undefined) say(path, `lacks ‘${key}’`);
    }
    return found;
  }

  function list(given: unknown, path: string, each: (entry: unknown, path: string) => void): void {
    if (given === undefined) return;
    if (!Array.isArray(given)) say(path, 'must be a list');
    else given.forEach((entry, index) => each(entry, `${path}[${index}]`));
  }

  function named(given: unknown, path: string, kind: { may: readonly string[]; must: readonly string[] }): { names: Set<string>; entries: Json[] } {
    const names = new Set<string>();
    const entries: Json[] = [];
    list(given, path, (entry, at) => {
      const found = object(entry, at, kind);
      if (found === null) return;
      entries.push(found);
      const name = text(found['name'], `${at}.name`);
      if (name === null) return;
      if (names.has(name)) say(`${at}.name`, `‘${name}’ is there twice`);
      names.add(name);
    });
    return { names, entries };
  }

  function text(given: unknown, path: string): string | null {
    if (typeof given === 'string' && given !== '') return given;
    if (given !== undefined) say(path, 'must be a text');
    return null;
  }

  const pipeline = object(value, '', keys.pipeline);
  if (pipeline === null) return faults;
  const types = named(pipeline['resource_types'], 'resource_types', keys.resource_type);
  const resources = named(pipeline['resources'], 'resources', keys.resource);
  const jobs = named(pipeline['jobs'], 'jobs', keys.job);
  list(pipeline['groups'], 'groups', (entry, path) => void object(entry, path, keys.group));
  list(pipeline['var_sources'], 'var_sources', (entry, path) => void object(entry, path, keys.var_source));
  if (pipeline['display'] !== undefined) object(pipeline['display'], 'display', keys.display);
  if (jobs.entries.length === 0) say('jobs', 'must have at least one job');
  const used = new Set<string>();
  resources.entries.forEach((resource, index) => {
    const type = resource['type'];
    if (typeof type === 'string' && !types.names.has(type) && !BASE_TYPES.has(type)) say(`resources[${index}].type`, `‘${type}’ is no resource type of the pipeline`);
    object(resource['source'], `resources[${index}].source`);
    const every = resource['check_every'];
    if (every !== undefined && every !== 'never' && !(typeof every === 'string' && DURATION.test(every))) say(`resources[${index}].check_every`, 'must be a duration, or never');
  });
  jobs.entries.forEach((job, index) => {
    const path = `jobs[${index}]`;
    if (job['build_log_retention'] !== undefined) object(job['build_log_retention'], `${path}.build_log_retention`, keys.retention);
    if (Array.isArray(job['plan']) && job['plan'].length === 0) say(`${path}.plan`, 'must have at least one step');
    list(job['plan'], `${path}.plan`, checkStep);
    for (const hook of HOOKS) if (job[hook] !== undefined) checkStep(job[hook], `${path}.${hook}`);
  });
  for (const name of resources.names) if (!used.has(name)) say('resources', `‘${name}’ is used by no step`);
  return faults;

  function checkStep(given: unknown, path: string): void {
    const step = object(given, path);
    if (step === null) return;
    const kinds = Object.keys(steps).filter((kind) => step[kind] !== undefined) as (keyof typeof steps)[];
    const kind = kinds[0];
    if (kind === undefined || kinds.length > 1) {
      say(path, kind === undefined ? 'is no step: it has none of the keys that say what it does' : `is ${kinds.join(' and ')} at once`);
      return;
    }
    object(step, path, { may: [...steps[kind].may, ...MODIFIERS], must: [kind, ...steps[kind].must] });
    if (step['attempts'] !== undefined && !(Number.isInteger(step['attempts']) && Number(step['attempts']) > 0)) say(`${path}.attempts`, 'must be a whole number above 0');
    if (step['timeout'] !== undefined && !(typeof step['timeout'] === 'string' && DURATION.test(step['timeout']))) say(`${path}.timeout`, 'must be a duration such as 5m');
    list(step['across'], `${path}.across`, (entry, at) => {
      const across = object(entry, at, keys.across);
      const most = across?.['max_in_flight'];
      const isCount = typeof most === 'number' ? Number.isInteger(most) && most > 0 : most === 'all';
      if (most !== undefined && !isCount) say(`${at}.max_in_flight`, 'must be a number above 0, or all');
    });
    for (const hook of HOOKS) if (step[hook] !== undefined) checkStep(step[hook], `${path}.${hook}`);
    switch (kind) {
      case 'get':
      case 'put': {
        const name = text(step['resource'] ?? step[kind], `${path}.${kind}`);
        if (name !== null && !resources.names.has(name)) say(`${path}.${kind}`, `‘${name}’ is no resource of the pipeline`);
        if (name !== null) used.add(name);
        list(step['passed'], `${path}.passed`, (job, at) => {
          if (typeof job !== 'string' || !jobs.names.has(job)) say(at, `‘${String(job)}’ is no job of the pipeline`);
        });
        return;
      }
      case 'task':
        if ((step['config'] === undefined) === (step['file'] === undefined)) say(path, 'needs either ‘config’ or ‘file’');
        if (step['config'] !== undefined) checkTask(step['config'], `${path}.config`);
        return;
      case 'try':
        return checkStep(step['try'], `${path}.try`);
      case 'do':
        return list(step['do'], `${path}.do`, checkStep);
      case 'in_parallel':
        if (Array.isArray(step['in_parallel'])) return list(step['in_parallel'], `${path}.in_parallel`, checkStep);
        return list(object(step['in_parallel'], `${path}.in_parallel`, keys.parallel)?.['steps'], `${path}.in_parallel.steps`, checkStep);
      case 'run':
      case 'set_pipeline':
      case 'load_var':
        return;
    }
  }

  function checkTask(given: unknown, path: string): void {
    const config = object(given, path, keys.config);
    if (config === null) return;
    if (config['run'] !== undefined) object(config['run'], `${path}.run`, keys.run);
    if (config['image_resource'] !== undefined) object(config['image_resource'], `${path}.image_resource`, keys.image);
    if (config['container_limits'] !== undefined) object(config['container_limits'], `${path}.container_limits`, keys.limits);
    list(config['inputs'], `${path}.inputs`, (entry, at) => void object(entry, at, keys.input));
    list(config['outputs'], `${path}.outputs`, (entry, at) => void object(entry, at, keys.output));
    list(config['caches'], `${path}.caches`, (entry, at) => void object(entry, at, keys.cache));
    const params = config['params'] === undefined ? null : object(config['params'], `${path}.params`);
    for (const [name, inner] of Object.entries(params ?? {})) if (typeof inner === 'object' && inner !== null) say(`${path}.params.${name}`, 'must be a text, a number or a truth value');
  }
}

/** Types that come with Concourse’s workers. */
const BASE_TYPES = new Set(['git', 'time', 's3', 'registry-image', 'docker-image', 'mock', 'pool', 'semver']);
