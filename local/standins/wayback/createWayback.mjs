// @ts-check
/**
 * Save Page Now, as the Internet Archive’s Wayback Machine offers it to accounts (SPN2), and the index of what it holds.
 * Its clock can be put forward, so that what takes hours there takes none here.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStandIn, readBody, sendJson } from '../base.mjs';
import { createCaptures, HOUR, inWords, timedeltaMs, timestampOf, urlKeyOf } from './captures.mjs';

const SAVE_PARAMETERS = new Set(['url', 'skip_first_archive', 'if_not_archived_within', 'capture_all', 'delay_wb_availability', 'force_get']);
const STATUS_PARAMETERS = new Set(['job_id', 'job_ids']);
const CDX_PARAMETERS = new Set(['url', 'output', 'fl', 'from', 'to', 'limit', 'filter']);
const CDX_FIELDS = ['urlkey', 'timestamp', 'original', 'mimetype', 'statuscode', 'digest', 'length'];
/** Jobs that one request may ask for. */
const MAX_JOBS = 50;
const MINUTE = 60_000;

const LIMITED = (/** @type {number} */ perMinute) =>
  `<html><head><title>Too Many Requests</title></head><body><h1>Too Many Requests</h1><p>We are limiting the number of URLs you can submit to be Archived to the Wayback Machine, using the Save Page Now features, to no more than ${perMinute} per minute.</p></body></html>`;

/**
 * @param {object} options
 * @param {string} options.accessKey
 * @param {string} options.secretKey
 * @param {string} [options.home] folder captures are kept in; without one they are kept in memory
 * @param {number} [options.capturesPerMinute] of the account
 * @param {number} [options.capturesPerDay] of the account
 * @param {number} [options.capturesPerUrl] a day
 * @param {number} [options.sessionLimit] captures of the account at work at once
 * @param {() => number} [options.now] epoch milliseconds
 */
export function createWayback({ accessKey, secretKey, home, capturesPerMinute = 7, capturesPerDay = 30_000, capturesPerUrl = 5, sessionLimit = 12, now: clock = Date.now }) {
  let aheadMs = 0;
  const now = () => clock() + aheadMs;
  const file = home === undefined ? undefined : join(home, 'captures.jsonl');
  if (home !== undefined) mkdirSync(home, { recursive: true });
  /** @param {object} line */
  const keepLine = (line) => {
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  const lines = file === undefined || !existsSync(file) ? [] : readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  for (const line of lines) aheadMs += line.advanceMs ?? 0;
  const captures = createCaptures({ now, captures: lines.filter((line) => line.advanceMs === undefined), keep: keepLine });
  /** When captures were asked for, oldest first. @type {number[]} */
  const asked = captures.all().map((capture) => capture.submittedAt).sort((a, b) => a - b);
  const settings = { ...captures.settings, answers: 'list', sessionLimit };

  /** @param {import('node:http').ServerResponse} response @param {number} status @param {unknown} body */
  function refuse(response, status, body) {
    response.setHeader('x-standin-unexpected', '1');
    if (typeof body !== 'string') return sendJson(response, status, body);
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
    response.end(body);
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  function isSignedIn(request, response) {
    if (request.headers.authorization === `LOW ${accessKey}:${secretKey}`) return true;
    request.resume();
    sendJson(response, 401, { message: 'You need to be logged in to use Save Page Now.' });
    return false;
  }

  /**
   * The fields of a form; undefined when they were refused.
   * @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response @param {Set<string>} known
   */
  async function readForm(request, response, known) {
    const text = (await readBody(request)).toString('utf8');
    if (!/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '')) return void refuse(response, 400, { status: 'error', status_ext: 'error:bad-request', message: 'The request is no form.' });
    const form = new URLSearchParams(text);
    const strange = [...form.keys()].find((name) => !known.has(name) || form.getAll(name).length > 1);
    if (strange !== undefined) return void refuse(response, 400, { status: 'error', status_ext: 'error:bad-request', message: `Parameter ${strange} is not known here, or is there twice.` });
    return form;
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function save(request, response) {
    const form = await readForm(request, response, SAVE_PARAMETERS);
    if (form === undefined) return;
    if (!/\bapplication\/json\b/.test(request.headers.accept ?? '')) return refuse(response, 200, '<html><body><h2 id="spn-title">Saving page</h2></body></html>');
    const url = form.get('url') ?? '';
    // Anything but 1 and on means off, without a word.
    for (const [name, value] of form) if (name !== 'url' && name !== 'if_not_archived_within' && value !== '1' && value !== 'on') response.setHeader('x-standin-unexpected', '1');
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return refuse(response, 200, { status: 'error', status_ext: 'error:invalid-url-syntax', message: `${url} is not a valid URL.` });
    const within = form.get('if_not_archived_within');
    const withinMs = within === null ? HOUR : timedeltaMs(within);
    if (withinMs === null) return refuse(response, 400, { status: 'error', status_ext: 'error:bad-request', message: `${within} is no time.` });

    const at = now();
    // Every request counts, whatever comes of it.
    if (asked.filter((time) => time > at - MINUTE).length >= capturesPerMinute) {
      response.writeHead(429, { 'content-type': 'text/html; charset=utf-8' });
      return void response.end(LIMITED(capturesPerMinute));
    }
    asked.push(at);
    if (asked.length > capturesPerDay + 1) asked.splice(0, asked.length - capturesPerDay - 1);
    const recent = captures.recent(url, withinMs);
    if (recent !== undefined) {
      captures.remember(recent);
      return sendJson(response, 200, { url, job_id: recent.jobId, message: `The same snapshot had been made ${inWords(at - recent.submittedAt)} ago. You can make new capture of this URL after ${inWords(withinMs)}.` });
    }
    const rejection = captures.rejection(url);
    if (rejection !== undefined) return sendJson(response, 200, { status: 'error', status_ext: rejection.statusExt, message: rejection.message });
    if (captures.timesToday(url) >= capturesPerUrl) return sendJson(response, 200, { status: 'error', status_ext: 'error:too-many-daily-captures', message: `This URL has been already captured ${capturesPerUrl} times today, which is a daily limit we have set for that Resource type. Please try again tomorrow. Please email us at "info@archive.org" if you would like to discuss this more.` });
    if (dailyCaptures() > capturesPerDay) return sendJson(response, 429, { message: `You have already reached the limit of ${capturesPerDay} captures per day. Please try again tomorrow.` });
    if (captures.processing() >= settings.sessionLimit) return sendJson(response, 429, { status: 'error', status_ext: 'error:user-session-limit', message: 'You have already reached the limit of active Save Page Now sessions. Please wait for a minute and then try again.' });
    const capture = captures.begin(url);
    const waitMs = capture.startsAt - at;
    sendJson(response, 200, { url, job_id: capture.jobId, ...(waitMs === 0 ? {} : { message: `The capture will start in ~${inWords(waitMs)} because our service is currently overloaded. You may close your browser window and the page will still be saved.` }) });
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async function status(request, response) {
    const form = await readForm(request, response, STATUS_PARAMETERS);
    if (form === undefined) return;
    const one = form.get('job_id');
    const many = form.get('job_ids');
    if ((one === null) === (many === null)) return refuse(response, 400, { message: 'Either job_id or job_ids must be given.' });
    if (one !== null) return sendJson(response, 200, captures.status(one));
    const ids = (many ?? '').split(',').map((id) => id.trim());
    if (ids.length > MAX_JOBS || ids.includes('')) return refuse(response, 400, { message: `job_ids must be 1 to ${MAX_JOBS} ids with commas between them.` });
    if (settings.answers === 'map') return sendJson(response, 200, Object.fromEntries(ids.map((id) => [id, captures.status(id)])));
    sendJson(response, 200, ids.map((id) => captures.status(id)));
  }

  const dailyCaptures = () => asked.filter((time) => time > now() - 24 * HOUR).length;

  /** @param {URL} url @param {import('node:http').ServerResponse} response */
  function searchIndex(url, response) {
    const query = url.searchParams;
    const strange = [...query.keys()].find((name) => !CDX_PARAMETERS.has(name));
    const wanted = query.get('url') ?? '';
    const fields = query.get('fl')?.split(',') ?? CDX_FIELDS;
    const filters = query.getAll('filter').map((filter) => /^(!?)(\w+):(.+)$/.exec(filter));
    if (strange !== undefined || wanted === '' || (query.get('output') ?? 'json') !== 'json' || fields.some((field) => !CDX_FIELDS.includes(field)) || filters.includes(null) || !/^-?\d*$/.test(query.get('limit') ?? '')) {
      return refuse(response, 400, `Bad Request: ${strange ?? 'a parameter is missing or wrong'}`);
    }
    const rows = captures.indexed(wanted).map((capture) => /** @type {Record<string, string>} */ ({ urlkey: urlKeyOf(capture.finalUrl), timestamp: timestampOf(capture.endsAt), original: capture.finalUrl, mimetype: 'text/html', statuscode: '200', digest: capture.jobId.slice(5, 37).toUpperCase(), length: '1024' }));
    const [from, to] = [query.get('from') ?? '', (query.get('to') ?? '').padEnd(14, '9')];
    const found = rows.filter((row) => (row['timestamp'] ?? '') >= from && (row['timestamp'] ?? '') <= to && filters.every((filter) => new RegExp(`^(?:${filter?.[3] ?? ''})$`).test(row[filter?.[2] ?? ''] ?? '') !== (filter?.[1] === '!')));
    const limit = Number(query.get('limit') ?? 0);
    const page = limit === 0 ? found : limit < 0 ? found.slice(limit) : found.slice(0, limit);
    // Nothing found is a list without even its heading.
    sendJson(response, 200, page.length === 0 ? [] : [fields, ...page.map((row) => fields.map((field) => row[field]))]);
  }

  /**
   * `advanceMs` puts the clock forward; `plan` says what becomes of captures of the URLs that `match`; `settings` are those
   * of all others.
   * @param {Record<string, any>} wish
   */
  function control(wish) {
    if (typeof wish['advanceMs'] === 'number') {
      aheadMs += wish['advanceMs'];
      keepLine({ advanceMs: wish['advanceMs'] });
      return { now: now() };
    }
    if (wish['plan'] !== undefined) return { plans: captures.plan({ times: 1, ...wish['plan'], match: new RegExp(wish['plan'].match ?? '.') }) };
    if (wish['settings'] !== undefined) {
      Object.assign(settings, wish['settings']);
      Object.assign(captures.settings, { captureMs: settings.captureMs, indexLagMs: settings.indexLagMs });
      return { settings };
    }
    return undefined;
  }

  const standIn = createStandIn({
    name: 'Wayback Machine',
    control,
    statePage: () =>
      [
        `Its clock: ${new Date(now()).toISOString()}`,
        `Captures at work: ${captures.processing()} of ${settings.sessionLimit}; asked for in the last minute: ${asked.filter((time) => time > now() - MINUTE).length} of ${capturesPerMinute}; in the last day: ${dailyCaptures()} of ${capturesPerDay}`,
        '',
        'Captures, newest first:',
        ...captures.all().sort((a, b) => b.submittedAt - a.submittedAt).slice(0, 50).map((capture) => `${new Date(capture.submittedAt).toISOString()}  ${capture.endsAt > now() ? 'at work' : (capture.failure?.statusExt ?? `captured as ${timestampOf(capture.endsAt)}`)}  ${capture.url}`),
      ].join('\n'),
    answerFault: (response, fault) => {
      const known = Number(fault.fault);
      response.writeHead(known, { 'content-type': 'text/html; charset=utf-8', ...(fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }) });
      response.end(known === 429 ? LIMITED(capturesPerMinute) : `<html><head><title>${known}</title></head><body><h1>${known} Service Temporarily Unavailable</h1></body></html>`);
    },
    async handle(request, response, url) {
      const { method } = request;
      if (url.pathname === '/cdx/search/cdx' && method === 'GET') {
        request.resume();
        return searchIndex(url, response);
      }
      const job = /^\/save\/status\/([^/]+)$/.exec(url.pathname)?.[1];
      const isSave = url.pathname === '/save' && method === 'POST';
      const isStatus = url.pathname === '/save/status' && method === 'POST';
      if (!isSave && !isStatus && (job === undefined || method !== 'GET')) {
        request.resume();
        return refuse(response, ['/save', '/save/status', '/cdx/search/cdx'].includes(url.pathname) || job !== undefined ? 405 : 404, '<html><body><h1>Not found</h1></body></html>');
      }
      if (!isSignedIn(request, response)) return;
      if (isSave) return save(request, response);
      if (isStatus) return status(request, response);
      request.resume();
      if (job !== 'user') return sendJson(response, 200, captures.status(decodeURIComponent(job ?? '')));
      const processing = captures.processing();
      sendJson(response, 200, { available: Math.max(0, settings.sessionLimit - processing), processing, daily_captures: dailyCaptures(), daily_captures_limit: capturesPerDay });
    },
  });
  return { ...standIn, captures: () => captures.all(), control, now };
}
