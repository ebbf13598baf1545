// @ts-check
/** The resource types our pipelines use: what each one's check, get and put do. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';

const run = promisify(execFile);

/** @param {any} source */
function gitUrl(source) {
  if (source.private_key !== undefined) throw new Error('the stand-in clones over HTTP only: set CONCOURSE_IS_PRIVATE_REPO to false');
  if (source.username === undefined || !/^https?:/.test(source.uri)) return source.uri;
  const url = new URL(source.uri);
  url.username = source.username;
  url.password = source.password;
  return url.toString();
}

/** @param {string[]} args @param {AbortSignal} [signal] */
async function git(args, signal) {
  const { stdout } = await run('git', args, { env: { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }, maxBuffer: 64 * 1024 * 1024, ...(signal === undefined ? {} : { signal }) });
  return stdout;
}

/** @param {any} source */
function s3Client(source) {
  return new S3Client({
    region: source.region_name ?? 'us-east-1',
    ...(source.endpoint === undefined ? {} : { endpoint: source.endpoint, forcePathStyle: true }),
    ...(source.access_key_id === undefined ? {} : { credentials: { accessKeyId: source.access_key_id, secretAccessKey: source.secret_access_key } }),
  });
}

/** @param {any} error */
const isMissing = (error) => error?.$metadata?.httpStatusCode === 404;

/**
 * The newest version of a resource, or null where there is none.
 * @param {any} resource
 * @returns {Promise<Record<string, string> | null>}
 */
export async function checkResource({ type, source }) {
  switch (type) {
    case 'git': {
      const ref = (await git(['ls-remote', gitUrl(source), `refs/heads/${source.branch}`])).split('\t')[0];
      if (ref === undefined || ref === '') throw new Error(`fatal: Remote branch ${source.branch} not found`);
      return { ref };
    }
    case 's3-iam': {
      const s3 = s3Client(source);
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: source.bucket, Key: source.versioned_file }));
        return { version: head.VersionId ?? head.ETag ?? 'null' };
      } catch (error) {
        if (!isMissing(error)) throw error;
        return source.initial_version === undefined ? null : { version: source.initial_version };
      } finally {
        s3.destroy();
      }
    }
    case 'http-resource': {
      if (source.out_only === true) return null;
      const answer = await fetch(source.url, { method: source.method ?? 'GET', headers: source.headers ?? {} });
      if (!answer.ok) throw new Error(`${source.url} answered ${answer.status}`);
      return { digest: createHash('sha256').update(await answer.text()).digest('hex') };
    }
    case 'time':
      return { time: new Date().toISOString() };
    default:
      return null;
  }
}

/**
 * Puts a version of a resource into a folder.
 * @param {any} resource @param {any} version @param {string} folder @param {AbortSignal} signal
 */
export async function getResource({ type, source }, version, folder, signal) {
  switch (type) {
    case 'git':
      await git(['clone', '--quiet', '--branch', source.branch, gitUrl(source), folder], signal);
      await git(['-C', folder, 'checkout', '--quiet', version.ref], signal);
      return;
    case 's3-iam': {
      const target = join(folder, basename(source.versioned_file));
      if (source.initial_version !== undefined && version.version === source.initial_version) return writeFile(target, source.initial_content_text ?? '');
      const s3 = s3Client(source);
      try {
        const isVersion = !version.version.startsWith('"') && version.version !== 'null';
        const object = await s3.send(new GetObjectCommand({ Bucket: source.bucket, Key: source.versioned_file, ...(isVersion ? { VersionId: version.version } : {}) }), { abortSignal: signal });
        await writeFile(target, (await object.Body?.transformToByteArray()) ?? '');
      } finally {
        s3.destroy();
      }
      return;
    }
    case 'http-resource': {
      const answer = await fetch(source.url, { method: source.method ?? 'GET', headers: source.headers ?? {}, signal });
      if (!answer.ok) throw new Error(`${source.url} answered ${answer.status}`);
      await writeFile(join(folder, 'body'), await answer.text());
      return;
    }
    case 'keyval':
      for (const [key, value] of Object.entries(version)) await writeFile(join(folder, key), String(value));
      return;
    default:
      await writeFile(join(folder, 'version'), JSON.stringify(version));
  }
}

/**
 * Makes a version of a resource.
 * @param {any} resource @param {any} params @param {Record<string, string>} metadata @param {AbortSignal} signal
 * @returns {Promise<{ version: Record<string, string>, problem?: string }>} with why it failed, if it did
 */
export async function putResource({ type, source }, params, metadata, signal) {
  const filled = (/** @type {string} */ text) => text.replace(/\$\{?([A-Z_]+)\}?/g, (whole, name) => metadata[name] ?? whole);
  const version = { at: new Date().toISOString() };
  switch (type) {
    case 'http-resource': {
      const text = typeof params.text === 'string' ? params.text : '';
      const answer = await fetch(source.url, { method: params.method ?? source.method ?? 'PUT', headers: { ...source.headers, ...params.headers }, body: params.build_metadata?.includes('body') === true ? filled(text) : text, signal });
      return answer.ok ? { version } : { version, problem: `${source.url} answered ${answer.status}: ${(await answer.text()).slice(0, 200)}` };
    }
    case 'keyval': {
      const entries = String(params.mapping ?? '').split('\n').filter((line) => line.trim() !== '').map((line) => /^\s*(\w+)\s*=\s*(?:now\(\)|"([^"]*)")\s*$/.exec(line));
      if (entries.length === 0 || entries.includes(null)) return { version, problem: `failed to parse mapping: ${params.mapping}` };
      return { version: Object.fromEntries(entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? new Date().toISOString()])) };
    }
    case 'slack-notification': {
      const answer = await fetch(source.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ alert_type: params.alert_type, text: filled(String(params.text ?? '')) }), signal });
      return answer.ok ? { version } : { version, problem: `Slack answered ${answer.status}` };
    }
    default:
      return { version, problem: `a ${type} cannot be put` };
  }
}
