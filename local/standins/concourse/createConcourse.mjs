// @ts-check
/** Concourse’s API, with builds that are really run. See quirks.md for what it has of the real one’s oddities. */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStandIn, readBody, sendJson } from '../base.mjs';
import { definitionErrors } from './definitionKeys.mjs';
import { checkResource } from './resources.mjs';
import { fill, runStep } from './runStep.mjs';
import { createSignInPages } from './signInPages.mjs';

/** @typedef {'pending' | 'started' | 'succeeded' | 'failed' | 'errored' | 'aborted'} Status */
/** @typedef {{ id: number, kind: 'job' | 'check', pipeline: string, name: string, number: number, status: Status, log: string[] }} Build */
/** @typedef {{ id: number, name: string, vars: Record<string, unknown> | null, paused: boolean, version: number, config: any, versions: Record<string, any[]>, passed: Record<string, Record<string, any>> }} Pipeline */

const DONE = new Set(['succeeded', 'failed', 'errored', 'aborted']);
const MAX_LOG = 2_000;

/**
 * @param {object} options
 * @param {string} options.home folder of its state
 * @param {string} options.username
 * @param {string} options.password
 * @param {string} [options.team]
 * @param {Record<string, any>} [options.secrets] what `((name))` stands for in definitions
 * @param {NodeJS.ProcessEnv} [options.env] added to the environment of tasks
 * @param {string[]} [options.path] folders looked through before PATH for programs of tasks
 */
export function createConcourse(options) {
  const team = options.team ?? 'ocw';
  const stateFile = join(options.home, 'concourse.json');
  mkdirSync(join(options.home, 'bin'), { recursive: true });
  const aws = join(options.home, 'bin', 'aws');
  writeFileSync(aws, `#!/bin/sh\nexec "${process.execPath}" "${fileURLToPath(new URL('awsCli.mjs', import.meta.url))}" "$@"\n`);
  chmodSync(aws, 0o755);
  const taskEnv = {
    PATH: [join(options.home, 'bin'), ...(options.path ?? []), dirname(process.execPath), process.env['PATH'] ?? '/usr/bin:/bin'].join(':'),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    LANG: 'C.UTF-8',
    ...options.env,
  };

  /** @type {{ nextId: number, pipelines: Pipeline[], builds: Build[] }} */
  const state = existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : { nextId: 1, pipelines: [], builds: [] };
  // What ran when it was stopped will not end by itself.
  for (const build of state.builds) if (!DONE.has(build.status)) build.status = 'errored';
  const save = () => writeFileSync(stateFile, JSON.stringify(state));
  /** @type {Map<number, AbortController>} */
  const running = new Map();
  /** @type {Set<Promise<void>>} */
  const works = new Set();
  /** @type {Set<string>} */
  const tokens = new Set();
  /** @type {Set<string>} tokens whose first call is still to come */
  const fresh = new Set();
  const quirks = { firstCallIsRefused: true, splitsCookie: false };
  let isClosed = false;

  const signInPages = createSignInPages({
    username: options.username,
    password: options.password,
    splitsCookie: () => quirks.splitsCookie,
    issue: () => {
      const token = randomUUID();
      tokens.add(token);
      fresh.add(token);
      return token;
    },
  });

  /** @param {string} name @param {unknown} vars */
  const keyOf = (name, vars) => `${name} ${vars == null ? '' : JSON.stringify(Object.entries(vars).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
  /** @param {string} key */
  const pipelineOf = (key) => state.pipelines.find((pipeline) => keyOf(pipeline.name, pipeline.vars) === key);

  /** @param {Omit<Build, 'id' | 'status' | 'log' | 'number'>} of @returns {Build} */
  function newBuild(of) {
    const build = { ...of, id: state.nextId, number: state.builds.filter((other) => other.pipeline === of.pipeline && other.name === of.name).length + 1, status: /** @type {Status} */ ('pending'), log: [] };
    state.nextId += 1;
    state.builds.push(build);
    return build;
  }

  /** @param {Promise<void>} work */
  function keep(work) {
    const kept = work.finally(() => works.delete(kept));
    works.add(kept);
  }

  /** @param {Build} build @param {Pipeline} pipeline @param {any} resource */
  async function check(build, pipeline, resource) {
    build.status = 'started';
    try {
      const version = await checkResource(fill(resource, { secrets: options.secrets ?? {} }, {}));
      if (version !== null) learn(pipeline, resource.name, version);
      build.status = 'succeeded';
    } catch (error) {
      build.log.push(error instanceof Error ? error.message : String(error));
      build.status = 'errored';
    }
    save();
    startWhatCan();
  }

  /** @param {Pipeline} pipeline @param {string} name @param {any} version */
  function learn(pipeline, name, version) {
    const known = (pipeline.versions[name] ??= []);
    if (JSON.stringify(known.at(-1)) === JSON.stringify(version)) return;
    known.push(version);
    for (const job of pipeline.config.jobs) {
      if (job.plan.some((/** @type {any} */ step) => step.get !== undefined && (step.resource ?? step.get) === name && step.trigger === true && step.passed === undefined)) newBuild({ kind: 'job', pipeline: keyOf(pipeline.name, pipeline.vars), name: job.name });
    }
  }

  /** The versions a build of a job would get, or null while one is missing. @param {Pipeline} pipeline @param {any} job */
  function inputsOf(pipeline, job) {
    /** @type {Record<string, any>} */
    const inputs = {};
    for (const step of job.plan) {
      if (step.get === undefined) continue;
      const name = step.resource ?? step.get;
      const version = step.passed === undefined ? pipeline.versions[name]?.at(-1) : step.passed.map((/** @type {string} */ from) => pipeline.passed[from]?.[name]).at(-1);
      if (version === undefined) return null;
      inputs[name] = version;
    }
    return inputs;
  }

  function startWhatCan() {
    if (isClosed) return;
    for (const build of state.builds) {
      if (build.status !== 'pending' || build.kind !== 'job') continue;
      const pipeline = pipelineOf(build.pipeline);
      const job = pipeline?.config.jobs.find((/** @type {any} */ one) => one.name === build.name);
      if (pipeline === undefined || job === undefined || pipeline.paused) continue;
      if (job.serial === true && state.builds.some((other) => other.pipeline === build.pipeline && other.name === build.name && other.status === 'started')) continue;
      const inputs = inputsOf(pipeline, job);
      if (inputs === null) continue;
      build.status = 'started';
      keep(runJob(build, pipeline, job, inputs));
    }
  }

  /** @param {Build} build @param {Pipeline} pipeline @param {any} job @param {Record<string, any>} inputs */
  async function runJob(build, pipeline, job, inputs) {
    const abort = new AbortController();
    running.set(build.id, abort);
    save();
    const folder = await mkdtemp(join(tmpdir(), 'concourse-build-'));
    /** @type {Map<string, any>} */
    const made = new Map();
    try {
      const resources = Object.fromEntries((pipeline.config.resources ?? []).map((/** @type {any} */ resource) => [resource.name, resource]));
      const { on_success, on_failure, on_error, on_abort, ensure } = job;
      build.status = await runStep(
        { do: job.plan, on_success, on_failure, on_error, on_abort, ensure },
        {
          folder,
          artifacts: new Map(),
          resources,
          versions: inputs,
          made,
          metadata: { BUILD_ID: String(build.id), BUILD_NAME: String(build.number), BUILD_JOB_NAME: build.name, BUILD_PIPELINE_NAME: pipeline.name, BUILD_TEAM_NAME: team, ATC_EXTERNAL_URL: address },
          secrets: options.secrets ?? {},
          env: taskEnv,
          log: (line) => {
            if (build.log.length < MAX_LOG) build.log.push(line);
          },
          counter: { count: 0 },
        },
        {},
        abort.signal,
      );
    } finally {
      running.delete(build.id);
      if (build.status === 'started') build.status = 'errored';
      await rm(folder, { recursive: true, force: true });
    }
    if (build.status === 'succeeded') {
      for (const [name, version] of made) (pipeline.versions[name] ??= []).push(version);
      pipeline.passed[build.name] = { ...inputs, ...Object.fromEntries(made) };
      for (const next of pipeline.config.jobs) {
        const follows = next.plan.some((/** @type {any} */ step) => step.get !== undefined && step.trigger === true && step.passed?.includes(build.name) && made.has(step.resource ?? step.get));
        if (follows) newBuild({ kind: 'job', pipeline: build.pipeline, name: next.name });
      }
    }
    save();
    startWhatCan();
  }

  /** @param {Build} build */
  function presentBuild(build) {
    const pipeline = pipelineOf(build.pipeline);
    return {
      id: build.id,
      team_name: team,
      name: String(build.number),
      status: build.status,
      api_url: `/api/v1/builds/${build.id}`,
      ...(build.kind === 'job' ? { job_name: build.name } : { resource_name: build.name }),
      pipeline_id: pipeline?.id,
      pipeline_name: pipeline?.name,
      pipeline_instance_vars: pipeline?.vars ?? undefined,
      created_by: options.username,
    };
  }

  let address = '';
  const standIn = createStandIn({
    name: 'Concourse',
    servesRoot: true,
    statePage: () =>
      [
        'Pipelines:',
        ...state.pipelines.map((pipeline) => `  ${pipeline.name} ${JSON.stringify(pipeline.vars)} version ${pipeline.version}${pipeline.paused ? ', paused' : ''}`),
        'Builds, newest first:',
        ...state.builds.slice(-50).reverse().map((build) => `  ${build.id} ${build.kind} ${build.pipeline} ${build.name} #${build.number}: ${build.status}${build.status === 'succeeded' ? '' : `\n${build.log.slice(-12).map((line) => `      ${line}`).join('\n')}`}`),
      ].join('\n'),
    answerFault(response, fault) {
      response.writeHead(Number(fault.fault), { 'content-type': 'text/plain', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
      response.end(fault.fault === '429' ? 'too many requests' : 'internal server error');
    },
    async handle(request, response, url) {
      /** @param {number} status @param {string} text */
      const plain = (status, text) => {
        response.writeHead(status, { 'content-type': 'text/plain' });
        response.end(text);
      };
      /** @param {number} status */
      const unexpected = (status, text = '') => {
        response.setHeader('x-standin-unexpected', '1');
        plain(status, text);
      };
      if (url.pathname === '/' && request.method === 'GET') return plain(200, 'Concourse');
      if (await signInPages(request, response, url)) return;
      if (!url.pathname.startsWith('/api/v1/')) return unexpected(404);
      const body = await readBody(request);
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (token === undefined || !tokens.has(token) || (quirks.firstCallIsRefused && fresh.delete(token))) return plain(401, 'not authorized');
      fresh.delete(token);
      if (request.headers['content-type'] !== 'application/json') return unexpected(415, 'unsupported media type');
      const path = url.pathname.slice('/api/v1'.length);
      const line = `${request.method} ${path}`;

      const one = /^(GET|PUT) \/builds\/(\d+)(\/abort)?$/.exec(line);
      if (one !== null && (one[1] === 'PUT') === (one[3] !== undefined)) {
        const build = state.builds.find((candidate) => candidate.id === Number(one[2]));
        if (build === undefined) return plain(404, '');
        if (one[3] === undefined) return sendJson(response, 200, presentBuild(build));
        if (build.status === 'pending') build.status = 'aborted';
        running.get(build.id)?.abort();
        save();
        response.writeHead(204);
        response.end();
        return;
      }
      const ofTeam = /^(\w+) \/teams\/([^/]+)\/pipelines(?:\/([^/]+)(\/.*)?)?$/.exec(line);
      if (ofTeam === null) return unexpected(404);
      const [, method = '', teamName = '', encodedName, rest = ''] = ofTeam;
      if (decodeURIComponent(teamName) !== team) return plain(403, 'forbidden');
      if (encodedName === undefined) {
        if (method !== 'GET') return unexpected(405);
        return sendJson(response, 200, state.pipelines.map((pipeline) => ({ id: pipeline.id, name: pipeline.name, ...(pipeline.vars === null ? {} : { instance_vars: pipeline.vars }), paused: pipeline.paused, public: false, archived: false, team_name: team, last_updated: pipeline.version })));
      }
      const name = decodeURIComponent(encodedName);
      /** @type {Record<string, unknown> | null} */
      let vars = null;
      for (const [parameter, value] of url.searchParams) {
        if (parameter !== 'vars') return unexpected(400, `unknown parameter ${parameter}`);
        try {
          vars = JSON.parse(value);
        } catch {
          return unexpected(400, 'malformed instance vars');
        }
      }
      const key = keyOf(name, vars);
      const pipeline = pipelineOf(key);
      if (rest === '/config' && method === 'PUT') return setConfig();
      if (pipeline === undefined) return plain(404, '');
      if (rest === '/config' && method === 'GET') return sendJson(response, 200, { config: pipeline.config }, { 'x-concourse-config-version': String(pipeline.version) });
      if ((rest === '/pause' || rest === '/unpause') && method === 'PUT') {
        pipeline.paused = rest === '/pause';
        save();
        plain(200, '');
        startWhatCan();
        return;
      }
      if (rest === '' && method === 'DELETE') {
        state.pipelines.splice(state.pipelines.indexOf(pipeline), 1);
        save();
        response.writeHead(204);
        response.end();
        return;
      }
      const builds = /^\/jobs\/([^/]+)\/builds$/.exec(rest);
      if (builds !== null) {
        const jobName = decodeURIComponent(builds[1] ?? '');
        if (!pipeline.config.jobs.some((/** @type {any} */ job) => job.name === jobName)) return unexpected(404);
        if (method === 'GET') return sendJson(response, 200, state.builds.filter((build) => build.kind === 'job' && build.pipeline === key && build.name === jobName).reverse().map(presentBuild));
        if (method !== 'POST') return unexpected(405);
        const build = newBuild({ kind: 'job', pipeline: key, name: jobName });
        sendJson(response, 200, presentBuild(build));
        startWhatCan();
        save();
        return;
      }
      const checks = /^\/resources\/([^/]+)\/check$/.exec(rest);
      if (checks !== null) {
        if (method !== 'POST') return unexpected(405);
        const resource = (pipeline.config.resources ?? []).find((/** @type {any} */ candidate) => candidate.name === decodeURIComponent(checks[1] ?? ''));
        if (resource === undefined) return unexpected(404);
        const asked = jsonOf(body);
        if (asked === undefined || !('from' in asked)) return unexpected(400, 'malformed request');
        const build = newBuild({ kind: 'check', pipeline: key, name: resource.name });
        sendJson(response, 201, presentBuild(build));
        keep(check(build, pipeline, resource));
        return;
      }
      return unexpected(404);

      function setConfig() {
        const config = jsonOf(body);
        if (config === undefined) return unexpected(400, 'malformed config');
        const errors = definitionErrors(config);
        if (errors.length > 0) {
          response.setHeader('x-standin-unexpected', '1');
          return sendJson(response, 400, { errors });
        }
        const given = request.headers['x-concourse-config-version'];
        if ((pipeline === undefined) !== (given === undefined) || (pipeline !== undefined && String(pipeline.version) !== given)) return plain(500, 'failed to save config: comparison with existing config failed during save');
        if (pipeline === undefined) state.pipelines.push({ id: (state.nextId += 1), name, vars, paused: true, version: 1, config, versions: {}, passed: {} });
        else {
          pipeline.config = config;
          pipeline.version += 1;
        }
        save();
        sendJson(response, pipeline === undefined ? 201 : 200, {});
      }
    },
  });

  return {
    ...standIn,
    state,
    quirks,
    saveState: save,
    /** Ends every token that was given out. */
    expireTokens() {
      tokens.clear();
    },
    async listen(port = 0) {
      address = await standIn.listen(port);
      return address;
    },
    async close() {
      isClosed = true;
      for (const abort of running.values()) abort.abort();
      await Promise.all(works);
      await standIn.close();
    },
  };
}

/** @param {Buffer} body @returns {any} undefined when it is no JSON object */
function jsonOf(body) {
  try {
    const value = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
