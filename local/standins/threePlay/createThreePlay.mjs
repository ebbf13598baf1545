// @ts-check
/**
 * A stand-in for 3Play Media: its API, version 3, for one project, and the server its files are fetched from. Every order is entered in a
 * ledger, so that a second one shows as money.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStandIn, readBody, sendJson } from '../base.mjs';
import { captionsOf, transcriptOf } from './documents.mjs';
import { createProject, MINUTE } from './project.mjs';

/** @typedef {import('./project.mjs').MediaFile} MediaFile */
/** @typedef {import('./project.mjs').Transcript} Transcript */

const PAGING = ['page', 'per_page'];
/** What each route takes; anything else is refused, as the vendor does. */
const PARAMETERS = /** @type {Record<string, Set<string>>} */ ({
  authenticate: new Set([]),
  'GET batches': new Set([...PAGING, 'name']),
  'POST batches': new Set(['name']),
  'GET files': new Set([...PAGING, 'id', 'name', 'reference_id', 'batch_id', 'label', 'attribute1', 'attribute2', 'attribute3']),
  'POST files': new Set(['source_url', 'name', 'batch_id', 'label', 'language_id', 'attribute1', 'attribute2', 'attribute3', 'reference_id']),
  'PATCH files/:id': new Set(['name', 'batch_id', 'label', 'attribute1', 'attribute2', 'attribute3', 'reference_id']),
  'GET files/:id': new Set([]),
  'GET transcripts': new Set([...PAGING, 'id', 'status', 'media_file_id', 'media_file_name', 'media_file_reference_id', 'media_file_attribute1', 'media_file_attribute2', 'media_file_attribute3', 'media_file_batch_id', 'media_file_label']),
  'GET transcripts/:id': new Set([]),
  'PATCH transcripts/:id/cancel': new Set([]),
  'POST transcripts/order/transcription': new Set(['media_file_id', 'turnaround_level_id', 'callback']),
  'GET turnaround_levels': new Set(['prices']),
  'GET services/approvals': new Set(PAGING),
  'GET services/approvals/:id': new Set([]),
});
const CALLBACK_MS = 15_000;
const MAX_PER_PAGE = 100;
const FAULT_TYPES = /** @type {Record<string, [string, string]>} */ ({ 429: ['rate_limit_error', 'Too Many Requests'], 403: ['forbidden_error', 'This API key has been disabled.'], 400: ['parameter_error', 'The request is wrong.'] });

/**
 * @param {object} options
 * @param {string} options.apiKey
 * @param {string} options.projectId
 * @param {string} [options.home] where everything is kept
 * @param {() => number} [options.now] epoch milliseconds
 * @param {number} [options.requestsPerMinute]
 */
export function createThreePlay({ apiKey, projectId, home, now: clock = Date.now, requestsPerMinute = 500 }) {
  const kept = home === undefined ? undefined : join(home, 'project.json');
  /** @type {import('./project.mjs').ProjectState} */
  const state = kept !== undefined && existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : { aheadMs: 0, nextId: 10_000_000, folders: [], files: [], transcripts: [], ledger: [] };
  const now = () => clock() + state.aheadMs;
  /** When requests came in the last minute, oldest first. @type {number[]} */
  let asked = [];
  /** @type {{ at: number, url: string, transcriptId: number, status: string, answer: number | null }[]} */
  const callbacks = [];
  /** What becomes of the next callbacks. @type {('lost' | 'twice')[]} */
  let fates = [];
  const settings = { statusFilter: /** @type {'exact' | 'loose'} */ ('exact') };
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let isClosed = false;

  const project = createProject({ now, state, keep: () => kept !== undefined && writeFileSync(kept, JSON.stringify(state)), tell: (transcript) => void tell(transcript) });

  /** Waits for the next order that will be done. */
  function wake() {
    clearTimeout(timer);
    if (isClosed) return;
    project.settle();
    const next = project.nextAt();
    if (next === null) return;
    timer = setTimeout(wake, Math.min(2 ** 31 - 1, Math.max(1, next - now())));
    timer.unref();
  }

  /** @param {Transcript} transcript */
  async function tell(transcript) {
    const url = transcript.callback;
    if (url === null) return;
    const fate = fates.shift();
    if (fate === 'lost') return void callbacks.push({ at: now(), url, transcriptId: transcript.id, status: transcript.status, answer: null });
    for (let times = fate === 'twice' ? 2 : 1; times > 0; times -= 1) {
      const sent = { at: now(), url, transcriptId: transcript.id, status: transcript.status, answer: /** @type {number | null} */ (null) };
      callbacks.push(sent);
      const shown = transcriptShown(transcript);
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          // Numbers and truths are texts here, and nowhere else.
          body: JSON.stringify({ ...shown, id: String(shown.id), media_file_id: String(shown.media_file_id), batch_id: String(shown.batch_id ?? ''), cancellable: String(shown.cancellable) }),
          redirect: 'manual',
          signal: AbortSignal.timeout(CALLBACK_MS),
        });
        await answer.arrayBuffer();
        sent.answer = answer.status;
      } catch {
        // Nobody there: 3Play does not call again.
        sent.answer = null;
      }
    }
  }

  /** @param {import('node:http').ServerResponse} response @param {number} code @param {string} type @param {string} message @param {object} [more] */
  function refuse(response, code, type, message, more = {}) {
    sendJson(response, code, { code, error: { type, message, ...more } });
  }
  /** @param {import('node:http').ServerResponse} response @param {number} code @param {string} type @param {string} message @param {object} [more] */
  function reproach(response, code, type, message, more = {}) {
    response.setHeader('x-standin-unexpected', '1');
    refuse(response, code, type, message, more);
  }
  /** @param {import('node:http').ServerResponse} response @param {unknown} data @param {object} [more] */
  const answer = (response, data, more = {}) => sendJson(response, 200, { code: 200, data, ...more, meta: {} });

  /** @param {import('node:http').ServerResponse} response @param {URLSearchParams} query @param {readonly object[]} items */
  function answerPage(response, query, items) {
    const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
    const perPage = Math.min(MAX_PER_PAGE, Math.max(1, Number(query.get('per_page') ?? 25) || 25));
    answer(response, items.slice((page - 1) * perPage, page * perPage), { pagination: { page, per_page: perPage, total_entries: items.length } });
  }

  /** @param {number} time */
  const dateOf = (time) => new Date(time).toISOString();

  /** @param {MediaFile} media */
  const fileShown = (media) => ({
    id: media.id,
    name: media.name,
    duration: media.duration,
    language_id: media.languageId,
    language_ids: [media.languageId],
    batch_id: media.batchId,
    reference_id: media.referenceId,
    labels: media.labels,
    created_at: dateOf(media.createdAt),
    updated_at: dateOf(media.updatedAt),
  });

  /** @param {Transcript} transcript */
  function transcriptShown(transcript) {
    const media = project.file(transcript.mediaFileId);
    return {
      id: transcript.id,
      media_file_id: transcript.mediaFileId,
      batch_id: media?.batchId ?? null,
      reference_id: media?.referenceId ?? null,
      duration: media?.duration ?? 0,
      default: true,
      type: 'TranscribedTranscript',
      language_id: 1,
      language_ids: [1],
      status: transcript.status,
      cancellable: transcript.status === 'in_progress' && (transcript.approvalId !== null || now() - transcript.orderedAt < 10 * MINUTE),
      last_edited_by: transcript.editedBy,
      last_edited_at: dateOf(transcript.editedAt),
      ...(transcript.cancellation === null ? {} : { cancellation_reason: transcript.cancellation.reason, cancellation_details: transcript.cancellation.details }),
    };
  }

  /** @param {Transcript} transcript */
  const serviceShown = (transcript) => ({
    id: transcript.approvalId,
    name: project.file(transcript.mediaFileId)?.name ?? '',
    media_file_id: transcript.mediaFileId,
    transcript_id: transcript.id,
    service_type: 'Transcription',
    duration: Math.round(project.file(transcript.mediaFileId)?.duration ?? 0),
    ordered_by: 'API',
    ordered_at: dateOf(transcript.orderedAt),
    turnaround_level_id: transcript.levelId,
    price_rate: `$${project.levels().find(({ id }) => id === transcript.levelId)?.price ?? '0.00'}/min`,
    total_price: `$${(project.priceCents(transcript) / 100).toFixed(2)}`,
  });

  const waiting = () => state.transcripts.filter(({ approvalId }) => approvalId !== null);
  /** @param {string | null} wanted @param {string | number | null} value */
  const fits = (wanted, value) => wanted === null || wanted === String(value ?? '');
  /** @param {string | null} labels with commas between */
  const labelsOf = (labels) => (labels ?? '').split(',').map((label) => label.trim()).filter((label) => label !== '');

  /** @param {import('node:http').ServerResponse} response @param {URLSearchParams} fields */
  function addFile(response, fields) {
    if (!fields.has('language_id')) return reproach(response, 400, 'parameter_error', "Missing required parameter: 'language_id'", { items: ['language_id'] });
    const batchId = fields.has('batch_id') ? Number(fields.get('batch_id')) : null;
    if (batchId !== null && !state.folders.some(({ id }) => id === batchId)) return reproach(response, 404, 'not_found_error', `Batch id ${batchId} not found.`);
    if ([...(fields.get('name') ?? '')].length > 300) return reproach(response, 400, 'parameter_error', 'Name is too long (maximum is 300 characters)');
    const source = fields.get('source_url');
    if (source !== null && !URL.canParse(source)) return reproach(response, 400, 'parameter_error', 'Source url is invalid');
    const media = project.addFile({
      name: fields.get('name') ?? 'Untitled',
      languageId: Number(fields.get('language_id')),
      batchId,
      referenceId: fields.get('reference_id'),
      sourceUrl: source,
      attributes: ['attribute1', 'attribute2', 'attribute3'].map((name) => fields.get(name)),
      labels: labelsOf(fields.get('label')),
    });
    answer(response, fileShown(media));
  }

  /** @param {import('node:http').ServerResponse} response @param {MediaFile} media @param {URLSearchParams} fields */
  function changeFile(response, media, fields) {
    if (fields.has('label')) media.labels = labelsOf(fields.get('label'));
    if (fields.has('name')) media.name = fields.get('name') ?? '';
    if (fields.has('reference_id')) media.referenceId = fields.get('reference_id');
    media.updatedAt = now();
    if (kept !== undefined) writeFileSync(kept, JSON.stringify(state));
    answer(response, fileShown(media));
  }

  /** @param {import('node:http').ServerResponse} response @param {URLSearchParams} fields */
  function order(response, fields) {
    const media = project.file(Number(fields.get('media_file_id')));
    const levelId = Number(fields.get('turnaround_level_id') ?? 1);
    const callback = fields.get('callback');
    if (!fields.has('media_file_id')) return reproach(response, 400, 'parameter_error', "Missing required parameter: 'media_file_id'", { items: ['media_file_id'] });
    if (media === undefined) return reproach(response, 404, 'not_found_error', 'Not found');
    if (!project.levels().some(({ id }) => id === levelId)) return reproach(response, 400, 'parameter_error', 'Turnaround level is not available for this project.');
    if (media.sourceUrl === null) return reproach(response, 400, 'parameter_error', 'This file has no source.');
    if (callback !== null && !URL.canParse(callback)) return reproach(response, 400, 'parameter_error', 'Callback is invalid');
    // Not the client’s fault: who lost an answer asks like this.
    if (project.orderOf(media.id) !== undefined) return refuse(response, 400, 'parameter_error', 'A transcript for this file is already in progress or complete.');
    const transcript = project.order(media, levelId, callback);
    wake();
    answer(response, transcriptShown(transcript));
  }

  /** @param {URL} url @param {import('node:http').ServerResponse} response @param {string} fileId @param {string} transcriptId */
  function download(url, response, fileId, transcriptId) {
    const transcript = project.transcript(Number(transcriptId));
    const format = url.searchParams.get('format_id');
    const media = project.file(Number(fileId));
    if (url.searchParams.get('project_id') !== projectId || transcript?.mediaFileId !== Number(fileId) || transcript.status !== 'complete' || media === undefined || (format !== '46' && format !== '51')) {
      // Missing is told with 200.
      return sendJson(response, 200, { is_error: true, error_description: 'record not found' });
    }
    const [type, body] = format === '46' ? ['application/pdf', transcriptOf(media.name, transcript.lines)] : ['text/vtt; charset=utf-8', Buffer.from(captionsOf(transcript.lines, media.duration))];
    response.writeHead(200, { 'content-type': type, 'content-length': String(body.length) });
    response.end(body);
  }

  /** @param {string} method @param {string} route @param {string | undefined} id @param {URLSearchParams} fields @param {import('node:http').ServerResponse} response */
  function serve(method, route, id, fields, response) {
    switch (`${method} ${route}`) {
      case 'GET authenticate':
        return answer(response, { status: 'ok', access_type: 'project' });
      case 'GET turnaround_levels': {
        const isPriced = fields.get('prices') === 'true' && !project.settings.hidesPrices;
        return answer(response, project.levels().map(({ id: level, name, description, price }) => ({ id: level, name, description, ...(isPriced && price !== null ? { price } : {}) })));
      }
      case 'GET batches':
        // A part of a name is enough.
        return answerPage(response, fields, state.folders.filter(({ name }) => name.includes(fields.get('name') ?? '')).map(({ id: folder, name }) => ({ id: folder, name })));
      case 'POST batches': {
        if ((fields.get('name') ?? '') === '') return reproach(response, 400, 'parameter_error', "Missing required parameter: 'name'", { items: ['name'] });
        const folder = project.addFolder(fields.get('name') ?? '');
        return answer(response, { id: folder.id, name: folder.name });
      }
      case 'GET files':
        return answerPage(
          response,
          fields,
          state.files
            .filter((media) => fits(fields.get('reference_id'), media.referenceId) && fits(fields.get('id'), media.id) && fits(fields.get('name'), media.name) && fits(fields.get('batch_id'), media.batchId) && labelsOf(fields.get('label')).every((label) => media.labels.includes(label)) && media.attributes.every((value, index) => fits(fields.get(`attribute${index + 1}`), value)))
            .reverse()
            .map(fileShown),
        );
      case 'POST files':
        return addFile(response, fields);
      case 'GET files/:id':
      case 'PATCH files/:id': {
        const media = project.file(Number(id));
        if (media === undefined) return refuse(response, 404, 'not_found_error', 'Not found');
        return method === 'GET' ? answer(response, fileShown(media)) : changeFile(response, media, fields);
      }
      case 'GET transcripts':
        return answerPage(
          response,
          fields,
          state.transcripts
            .filter((transcript) => {
              const media = project.file(transcript.mediaFileId);
              return fits(fields.get('media_file_reference_id'), media?.referenceId ?? null) && fits(fields.get('media_file_id'), transcript.mediaFileId) && fits(fields.get('id'), transcript.id) && fits(fields.get('media_file_attribute1'), media?.attributes[0] ?? null) && (settings.statusFilter === 'loose' || fits(fields.get('status'), transcript.status));
            })
            .reverse()
            .map(transcriptShown),
        );
      case 'GET transcripts/:id': {
        const transcript = project.transcript(Number(id));
        return transcript === undefined ? refuse(response, 404, 'not_found_error', 'Not found') : answer(response, transcriptShown(transcript));
      }
      case 'PATCH transcripts/:id/cancel': {
        const transcript = project.transcript(Number(id));
        if (transcript === undefined) return refuse(response, 404, 'not_found_error', 'Not found');
        if (!Reflect.get(transcriptShown(transcript), 'cancellable')) return refuse(response, 400, 'parameter_error', 'This transcript can not be cancelled.');
        project.cancel(transcript, { reason: 'Cancelled by user', details: '' });
        return answer(response, transcriptShown(transcript));
      }
      case 'POST transcripts/order/transcription':
        return order(response, fields);
      case 'GET services/approvals':
        return answerPage(response, fields, waiting().map(serviceShown));
      case 'GET services/approvals/:id': {
        const transcript = waiting().find(({ approvalId }) => approvalId === Number(id));
        return transcript === undefined ? refuse(response, 404, 'not_found_error', 'Not found') : answer(response, serviceShown(transcript));
      }
      default:
        return reproach(response, 404, 'not_found_error', 'Not found');
    }
  }

  /**
   * `advanceMs` puts the clock forward; `plan` says what becomes of orders for files that match; `approve`, `decline`, `cancel` and `edit` are what
   * people do at 3Play’s pages; `callbacks` says what becomes of the next ones.
   * @param {Record<string, any>} wish
   */
  function control(wish) {
    if (typeof wish['advanceMs'] === 'number') {
      state.aheadMs += wish['advanceMs'];
      if (kept !== undefined) writeFileSync(kept, JSON.stringify(state));
      wake();
      return { now: now() };
    }
    if (wish['plan'] !== undefined) return { plans: project.plan({ times: 1, ...wish['plan'], match: new RegExp(wish['plan'].match ?? '.') }) };
    if (wish['callbacks'] !== undefined) {
      fates = [...fates, ...wish['callbacks']];
      return { fates: fates.length };
    }
    if (wish['levels'] !== undefined) {
      project.setLevels(wish['levels']);
      return { levels: project.levels().length };
    }
    if (wish['settings'] !== undefined) {
      const { statusFilter, ...others } = wish['settings'];
      if (statusFilter !== undefined) settings.statusFilter = statusFilter;
      Object.assign(project.settings, others);
      return { settings: { ...settings, ...project.settings } };
    }
    if (wish['ledger'] !== undefined) return { ledger: state.ledger };
    const done = ['approve', 'decline', 'cancel', 'edit'].find((verb) => wish[verb] !== undefined);
    if (done === undefined) return undefined;
    const wanted = wish[done];
    const transcript = state.transcripts.findLast(({ id, mediaFileId }) => id === wanted.transcript || project.file(mediaFileId)?.referenceId === wanted.referenceId);
    if (transcript === undefined) throw new Error('There is no such transcript');
    if (done === 'approve' || done === 'decline') project.decide(transcript, done === 'approve');
    else if (done === 'cancel') project.cancel(transcript, { reason: wanted.reason ?? 'Cancelled by user', details: wanted.details ?? '' });
    else project.edit(transcript, wanted.lines, wanted.by ?? 'External Editor');
    wake();
    return { transcript: transcriptShown(transcript) };
  }

  const dollars = (/** @type {number} */ cents) => `$${(cents / 100).toFixed(2)}`;
  const spentCents = () => state.ledger.reduce((sum, { kind, cents }) => sum + (kind === 'charge' ? cents : -cents), 0);

  const standIn = createStandIn({
    name: '3Play Media',
    control,
    statePage: () =>
      [
        `Its clock: ${dateOf(now())}`,
        `Spent: ${dollars(spentCents())} for ${state.ledger.filter(({ kind }) => kind === 'charge').length} orders; waiting for approval: ${waiting().length}`,
        '',
        'Orders, newest first:',
        ...state.transcripts.slice(-50).reverse().map((transcript) => `${dateOf(transcript.orderedAt)}  ${transcript.id}  ${transcript.approvalId === null ? transcript.status : 'waits for approval'}  ${dollars(project.priceCents(transcript))}  ${project.file(transcript.mediaFileId)?.referenceId ?? ''}  ${project.file(transcript.mediaFileId)?.name ?? ''}`),
        '',
        'Ledger, newest first:',
        ...state.ledger.slice(-50).reverse().map((line) => `${dateOf(line.at)}  ${line.kind}  ${dollars(line.cents)}  transcript ${line.transcriptId}  ${line.referenceId ?? ''}`),
        '',
        'Callbacks, newest first:',
        ...callbacks.slice(-50).reverse().map((sent) => `${dateOf(sent.at)}  transcript ${sent.transcriptId} ${sent.status}  ${sent.answer ?? 'no answer'}`),
      ].join('\n'),
    answerFault: (response, fault) => {
      const [type, message] = FAULT_TYPES[fault.fault] ?? ['standard_error', 'Internal server error'];
      const code = Number(fault.fault);
      sendJson(response, code, { code, error: { type, message: fault.reason ?? message } }, fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) });
    },
    async handle(request, response, url) {
      const method = request.method ?? 'GET';
      const [, fileId, transcriptId] = /^\/p\/files\/(\d+)\/threeplay_transcripts\/(\d+)$/.exec(url.pathname) ?? [];
      if (method === 'GET' && fileId !== undefined && transcriptId !== undefined) {
        request.resume();
        return download(url, response, fileId, transcriptId);
      }
      const fields = new URLSearchParams(url.searchParams);
      const body = (await readBody(request)).toString('utf8');
      if (body !== '' && !/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '')) return reproach(response, 400, 'parameter_error', 'Only a form is known here');
      for (const [name, value] of new URLSearchParams(body)) fields.append(name, value);
      const [, path] = /^\/v3\/(.+?)\/?$/.exec(url.pathname) ?? [];
      const id = path === undefined ? undefined : /\/(\d+)(?:\/cancel)?$/.exec(path)?.[1];
      const route = (path ?? '').replace(/\/\d+(?=\/cancel$|$)/, '/:id');
      const known = PARAMETERS[route === 'authenticate' ? route : `${method} ${route}`];
      if (known === undefined) return reproach(response, 404, 'not_found_error', 'Not found');
      if (!fields.has('api_key')) return reproach(response, 400, 'parameter_error', "Missing required parameter: 'api_key'", { items: ['api_key'] });
      if (fields.get('api_key') !== apiKey) return refuse(response, 401, 'authentication_error', 'Invalid API key.');
      fields.delete('api_key');
      asked = asked.filter((time) => time > now() - MINUTE);
      if (asked.length >= requestsPerMinute) return refuse(response, 429, 'rate_limit_error', 'Too Many Requests');
      asked.push(now());
      const strange = [...fields.keys()].find((name) => !known.has(name));
      if (strange !== undefined) return reproach(response, 400, 'parameter_error', `Unrecognized parameters supplied: '${strange}'`, { items: [strange] });
      project.settle();
      serve(method, route, id, fields, response);
    },
  });

  return {
    ...standIn,
    control,
    now,
    files: () => state.files,
    transcripts: () => state.transcripts,
    ledger: () => state.ledger,
    folders: () => state.folders,
    callbacks,
    listen: async (/** @type {number} */ port = 0) => {
      wake();
      return standIn.listen(port);
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      return standIn.close();
    },
  };
}
