// @ts-check
/** Runs the steps of a build as Concourse would, in folders of this machine instead of containers. */
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getResource, putResource } from './resources.mjs';

/** @typedef {'succeeded' | 'failed' | 'errored' | 'aborted'} Outcome */

/**
 * @typedef {object} BuildContext
 * @property {string} folder of the build, with a folder per artifact and task
 * @property {Map<string, string>} artifacts name -> folder
 * @property {Record<string, any>} resources by name
 * @property {Record<string, any>} versions of the resources this build was given, by name
 * @property {Map<string, any>} made versions that puts made
 * @property {Record<string, string>} metadata BUILD_ID and its like
 * @property {Record<string, any>} secrets what `((name))` stands for
 * @property {NodeJS.ProcessEnv} env of tasks
 * @property {(line: string) => void} log
 * @property {{ count: number }} counter
 */

/**
 * One step with its tries, its time limit and its hooks.
 * @param {any} step
 * @param {BuildContext} context
 * @param {Record<string, any>} locals variables of `across` and `load_var`
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
export async function runStep(step, context, locals, signal) {
  if (step.across !== undefined) return runAcross(step, context, locals, signal);
  /** @type {Outcome} */
  let outcome = 'errored';
  for (let attempt = 1; attempt <= (step.attempts ?? 1); attempt += 1) {
    outcome = await bounded(step, context, locals, signal);
    if (outcome === 'succeeded' || outcome === 'aborted') break;
  }
  const hook = { succeeded: step.on_success, failed: step.on_failure, errored: step.on_error, aborted: step.on_abort }[outcome];
  // What runs after an abort is not aborted itself.
  for (const each of [hook, step.ensure]) if (each !== undefined) await runStep(each, context, locals, outcome === 'aborted' ? new AbortController().signal : signal);
  return outcome;
}

/** @param {any} step @param {BuildContext} context @param {Record<string, any>} locals @param {AbortSignal} signal @returns {Promise<Outcome>} */
async function bounded(step, context, locals, signal) {
  if (signal.aborted) return 'aborted';
  const limit = step.timeout === undefined ? undefined : AbortSignal.timeout(milliseconds(step.timeout));
  try {
    return await runCore(step, context, locals, limit === undefined ? signal : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal.aborted) return 'aborted';
    if (limit?.aborted === true) {
      context.log('timeout exceeded');
      return 'failed';
    }
    context.log(`error: ${error instanceof Error ? error.message : String(error)}`);
    return 'errored';
  }
}

/** @param {any} step @param {BuildContext} context @param {Record<string, any>} locals @param {AbortSignal} signal @returns {Promise<Outcome>} */
async function runCore(step, context, locals, signal) {
  if (step.do !== undefined) {
    for (const each of step.do) {
      const outcome = await runStep(each, context, locals, signal);
      if (outcome !== 'succeeded') return outcome;
    }
    return 'succeeded';
  }
  if (step.try !== undefined) {
    const outcome = await runStep(step.try, context, locals, signal);
    return outcome === 'aborted' ? outcome : 'succeeded';
  }
  if (step.in_parallel !== undefined) {
    const list = Array.isArray(step.in_parallel) ? step.in_parallel : step.in_parallel.steps;
    return worst(await Promise.all(list.map((/** @type {any} */ each) => runStep(each, context, locals, signal))));
  }
  if (step.load_var !== undefined) {
    const [artifact = '', ...rest] = String(fill(step.file, context, locals)).split('/');
    const folder = context.artifacts.get(artifact);
    if (folder === undefined) throw new Error(`unknown artifact source: ${artifact}`);
    const text = await readFile(join(folder, ...rest), 'utf8');
    locals[step.load_var] = step.format === 'json' ? JSON.parse(text) : text.trim();
    return 'succeeded';
  }
  if (step.get !== undefined) return runGet(step, context, locals, signal);
  if (step.put !== undefined) return runPut(step, context, locals, signal);
  return runTask(fill(step, context, locals), context, signal);
}

/** @param {any} step @param {BuildContext} context @param {Record<string, any>} locals @param {AbortSignal} signal @returns {Promise<Outcome>} */
async function runAcross(step, context, locals, signal) {
  const [{ var: name, values: given, max_in_flight: most = 1 }] = step.across;
  const values = fill(given, context, locals);
  if (!Array.isArray(values)) throw new Error('across needs a list of values');
  const { across: _across, ...each } = step;
  /** @type {Outcome[]} */
  const outcomes = [];
  let next = 0;
  const lane = async () => {
    while (next < values.length) {
      const value = values[next];
      next += 1;
      // Each value sees artifacts of its own.
      outcomes.push(await runStep(each, { ...context, artifacts: new Map(context.artifacts) }, { ...locals, [name]: value }, signal));
    }
  };
  await Promise.all(Array.from({ length: most === 'all' ? values.length : Number(most) }, lane));
  return worst(outcomes);
}

/** @param {Outcome[]} outcomes @returns {Outcome} */
function worst(outcomes) {
  for (const outcome of /** @type {Outcome[]} */ (['aborted', 'errored', 'failed'])) if (outcomes.includes(outcome)) return outcome;
  return 'succeeded';
}

/** @param {any} step @param {BuildContext} context @param {Record<string, any>} locals @param {AbortSignal} signal @returns {Promise<Outcome>} */
async function runGet(step, context, locals, signal) {
  const name = step.resource ?? step.get;
  const folder = join(context.folder, `artifact-${(context.counter.count += 1)}`);
  await mkdir(folder, { recursive: true });
  await getResource(fill(context.resources[name], context, locals), context.versions[name], folder, signal);
  context.artifacts.set(step.get, folder);
  context.log(`get ${step.get}: ${JSON.stringify(context.versions[name])}`);
  return 'succeeded';
}

/** @param {any} step @param {BuildContext} context @param {Record<string, any>} locals @param {AbortSignal} signal @returns {Promise<Outcome>} */
async function runPut(step, context, locals, signal) {
  const name = step.resource ?? step.put;
  const { version, problem } = await putResource(fill(context.resources[name], context, locals), fill(step.params ?? {}, context, locals), context.metadata, signal);
  if (problem !== undefined) {
    context.log(`put ${name}: ${problem}`);
    return 'failed';
  }
  context.made.set(name, version);
  context.log(`put ${name}`);
  return 'succeeded';
}

/** @param {any} step @param {BuildContext} context @param {AbortSignal} signal @returns {Promise<Outcome>} */
async function runTask(step, context, signal) {
  const { config } = step;
  const folder = join(context.folder, `task-${(context.counter.count += 1)}`);
  await mkdir(folder, { recursive: true });
  for (const input of config.inputs ?? []) {
    const artifact = context.artifacts.get(step.input_mapping?.[input.name] ?? input.name);
    if (artifact !== undefined) await cp(artifact, join(folder, input.path ?? input.name), { recursive: true });
    else if (input.optional !== true) throw new Error(`missing inputs: ${input.name}`);
  }
  for (const output of config.outputs ?? []) await mkdir(join(folder, output.path ?? output.name), { recursive: true });
  await mkdir(join(folder, '.home'), { recursive: true });
  const params = Object.fromEntries(Object.entries({ ...config.params, ...step.params }).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
  const code = await runProcess(config.run.path, config.run.args ?? [], { cwd: join(folder, config.run.dir ?? ''), env: { ...context.env, HOME: join(folder, '.home'), ...params }, log: context.log, signal });
  for (const output of config.outputs ?? []) context.artifacts.set(step.output_mapping?.[output.name] ?? output.name, join(folder, output.path ?? output.name));
  context.log(`task ${step.task}: exit status ${code}`);
  return code === 0 ? 'succeeded' : 'failed';
}

/**
 * Runs a program in a process group of its own, which an abort ends as a whole.
 * @param {string} path @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<number | null>}
 */
function runProcess(path, args, { cwd, env, log, signal }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(path, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        // Ended by itself in the same moment.
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
      }
    };
    signal.addEventListener('abort', kill, { once: true });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (/** @type {Buffer} */ chunk) => log(chunk.toString('utf8').trimEnd()));
    child.on('error', (error) => {
      signal.removeEventListener('abort', kill);
      reject(error);
    });
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(new Error('interrupted'));
      else resolve(code);
    });
  });
}

const VARIABLE = /\(\(([^()]+)\)\)/g;

/**
 * Puts values in the places of `((name.field))` and `((.:local.field))`, at any depth.
 * @param {any} value @param {Pick<BuildContext, 'secrets'>} context @param {Record<string, any>} locals
 * @returns {any}
 */
export function fill(value, context, locals) {
  if (Array.isArray(value)) return value.map((each) => fill(each, context, locals));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, context, locals)]));
  if (typeof value !== 'string') return value;
  const whole = /^\(\(([^()]+)\)\)$/.exec(value);
  if (whole !== null) return lookUp(whole[1] ?? '', context, locals);
  return value.replace(VARIABLE, (_match, name) => {
    const found = lookUp(name, context, locals);
    return typeof found === 'string' ? found : JSON.stringify(found);
  });
}

/** @param {string} name @param {Pick<BuildContext, 'secrets'>} context @param {Record<string, any>} locals */
function lookUp(name, context, locals) {
  const isLocal = name.startsWith('.:');
  const [first = '', ...rest] = (isLocal ? name.slice(2) : name).split('.');
  /** @type {any} */
  let found = (isLocal ? locals : context.secrets)[first];
  for (const key of rest) found = found?.[key];
  if (found === undefined) throw new Error(`undefined vars: ${name}`);
  return found;
}

/** @param {string} text such as `1h30m` */
function milliseconds(text) {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[/** @type {keyof typeof units} */ (unit)], 0);
}
