// @ts-check
/** What the stand-in takes as a definition: its own copy of the key lists, written down from Concourse’s source. */

const HOOKS = 'on_success on_failure on_error on_abort ensure'.split(' ');
const MODIFIERS = ['attempts', 'timeout', 'across', 'fail_fast', ...HOOKS];
/** @type {Record<string, string[]>} */
const KEYS = {
  pipeline: 'jobs resources resource_types prototypes var_sources groups display'.split(' '),
  job: ['name', 'old_name', 'plan', 'serial', 'serial_groups', 'max_in_flight', 'public', 'disable_manual_trigger', 'disable_reruns', 'interruptible', 'build_log_retention', 'build_logs_to_retain', ...HOOKS],
  resource: 'name old_name type source public webhook_token check_every check_timeout tags version icon expose_build_created_by'.split(' '),
  resourceType: 'name type source privileged check_every tags params defaults'.split(' '),
  taskConfig: 'platform image_resource rootfs_uri container_limits params run inputs outputs caches'.split(' '),
  image: 'name type source version params tags'.split(' '),
  run: 'path args dir user'.split(' '),
  input: 'name path optional'.split(' '),
  output: 'name path'.split(' '),
  across: 'var values max_in_flight'.split(' '),
};
/** @type {Record<string, string[]>} */
const STEPS = {
  get: 'resource version params passed trigger tags'.split(' '),
  put: 'resource params inputs tags get_params no_get'.split(' '),
  task: 'privileged hermetic file container_limits config params vars tags input_mapping output_mapping image'.split(' '),
  load_var: 'file format reveal'.split(' '),
  do: [],
  try: [],
  in_parallel: [],
};

/**
 * What is wrong with a definition, as sentences in Concourse’s manner.
 * @param {any} config
 * @returns {string[]}
 */
export function definitionErrors(config) {
  /** @type {string[]} */
  const errors = [];
  /** @param {any} thing @param {string[]} allowed @param {string} at */
  const known = (thing, allowed, at) => {
    if (typeof thing !== 'object' || thing === null || Array.isArray(thing)) {
      errors.push(`${at}: expected an object`);
      return false;
    }
    for (const key of Object.keys(thing)) if (!allowed.includes(key)) errors.push(`${at}: unknown field "${key}"`);
    return true;
  };
  /** @param {any} thing @param {string[]} needed @param {string} at */
  const needs = (thing, needed, at) => {
    for (const key of needed) if (thing[key] === undefined || thing[key] === '') errors.push(`${at} has no ${key}`);
  };
  if (!known(config, KEYS['pipeline'] ?? [], 'pipeline')) return errors;
  const jobs = Array.isArray(config.jobs) ? config.jobs : [];
  const resources = Array.isArray(config.resources) ? config.resources : [];
  const types = Array.isArray(config.resource_types) ? config.resource_types : [];
  if (jobs.length === 0) errors.push('jobs: pipeline must contain at least one job');
  const jobNames = new Set(jobs.map((/** @type {any} */ job) => job?.name));
  const resourceNames = new Set(resources.map((/** @type {any} */ resource) => resource?.name));
  const typeNames = new Set([...types.map((/** @type {any} */ type) => type?.name), 'git', 's3', 'time', 'registry-image', 'mock']);
  if (jobNames.size !== jobs.length) errors.push('jobs: names must be unique');
  if (resourceNames.size !== resources.length) errors.push('resources: names must be unique');
  for (const [index, type] of types.entries()) if (known(type, KEYS['resourceType'] ?? [], `resource_types[${index}]`)) needs(type, ['name', 'type', 'source'], `resource_types[${index}]`);
  for (const [index, resource] of resources.entries()) {
    const at = `resources[${index}]`;
    if (!known(resource, KEYS['resource'] ?? [], at)) continue;
    needs(resource, ['name', 'type', 'source'], at);
    if (!typeNames.has(resource.type)) errors.push(`${at}: unknown resource type "${resource.type}"`);
  }
  for (const [index, job] of jobs.entries()) {
    const at = `jobs[${index}]`;
    if (!known(job, KEYS['job'] ?? [], at)) continue;
    needs(job, ['name', 'plan'], at);
    steps(job.plan, `${at}.plan`);
    for (const hook of HOOKS) if (job[hook] !== undefined) step(job[hook], `${at}.${hook}`);
  }
  return errors;

  /** @param {any} list @param {string} at */
  function steps(list, at) {
    if (!Array.isArray(list)) errors.push(`${at}: expected a list of steps`);
    else for (const [index, each] of list.entries()) step(each, `${at}[${index}]`);
  }

  /** @param {any} given @param {string} at */
  function step(given, at) {
    const kinds = Object.keys(STEPS).filter((kind) => given?.[kind] !== undefined);
    const kind = kinds[0];
    if (kind === undefined || kinds.length !== 1) {
      errors.push(`${at}: a step must be one of ${Object.keys(STEPS).join(', ')}`);
      return;
    }
    if (!known(given, [kind, ...(STEPS[kind] ?? []), ...MODIFIERS], at)) return;
    for (const hook of HOOKS) if (given[hook] !== undefined) step(given[hook], `${at}.${hook}`);
    for (const [index, across] of (given.across ?? []).entries()) if (known(across, KEYS['across'] ?? [], `${at}.across[${index}]`)) needs(across, ['var', 'values'], `${at}.across[${index}]`);
    if (kind === 'get' || kind === 'put') {
      const name = given.resource ?? given[kind];
      if (!resourceNames.has(name)) errors.push(`${at}: unknown resource "${name}"`);
      for (const job of given.passed ?? []) if (!jobNames.has(job)) errors.push(`${at}.passed: unknown job "${job}"`);
    } else if (kind === 'do') steps(given.do, `${at}.do`);
    else if (kind === 'try') step(given.try, `${at}.try`);
    else if (kind === 'in_parallel') steps(Array.isArray(given.in_parallel) ? given.in_parallel : given.in_parallel?.steps, `${at}.in_parallel`);
    else if (kind === 'load_var') needs(given, ['file'], at);
    else if (kind === 'task') {
      if (given.config === undefined) {
        errors.push(`${at}: must specify either file or config`);
        return;
      }
      if (!known(given.config, KEYS['taskConfig'] ?? [], `${at}.config`)) return;
      needs(given.config, ['platform', 'run'], `${at}.config`);
      if (given.config.run !== undefined && known(given.config.run, KEYS['run'] ?? [], `${at}.config.run`)) needs(given.config.run, ['path'], `${at}.config.run`);
      if (given.config.image_resource !== undefined && known(given.config.image_resource, KEYS['image'] ?? [], `${at}.config.image_resource`)) needs(given.config.image_resource, ['type', 'source'], `${at}.config.image_resource`);
      for (const [index, input] of (given.config.inputs ?? []).entries()) if (known(input, KEYS['input'] ?? [], `${at}.config.inputs[${index}]`)) needs(input, ['name'], `${at}.config.inputs[${index}]`);
      for (const [index, output] of (given.config.outputs ?? []).entries()) if (known(output, KEYS['output'] ?? [], `${at}.config.outputs[${index}]`)) needs(output, ['name'], `${at}.config.outputs[${index}]`);
    }
  }
}
