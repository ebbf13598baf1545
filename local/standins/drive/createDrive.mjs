// @ts-check
/**
 * One shared drive of Google Drive (API v3) with its token endpoint. Shapes, reasons and texts are Google's; it is stricter in
 * one point: a parameter it does not know is refused, so that nobody relies on what it leaves out.
 */
import { createHash } from 'node:crypto';
import { createStandIn, readBody, sendJson } from '../base.mjs';
import { GoogleRefusal, sendRefusal } from '../googleRefusal.mjs';
import { createGoogleUploads } from '../googleUploads.mjs';
import { createDriveStore, FOLDER, SHORTCUT } from './driveStore.mjs';
import { forbidden, invalid, notFound } from './driveError.mjs';
import { applyFieldMask, parseFieldMask, shapes } from './fieldMask.mjs';
import { fileResource } from './fileResource.mjs';
import { pdfOf, sendMedia } from './media.mjs';
import { createPerson } from './person.mjs';
import { parseSearchQuery } from './searchQuery.mjs';
import { createTokens } from './tokens.mjs';

/** @typedef {'reader' | 'writer' | 'fileOrganizer' | 'organizer'} Role of the service account; the third is a content manager, the last a manager */
/** @typedef {{ request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, url: URL, query: URLSearchParams, id: string, body: Record<string, any> }} Call */
/** @typedef {{ method: string, path: RegExp, takes: readonly string[], writes?: Readonly<Record<string, string>>, least?: Role, isUpload?: boolean, run: (call: Call) => Promise<void> | void }} Route */

const ROLES = ['reader', 'writer', 'fileOrganizer', 'organizer'];
const EXPORT_LIMIT = 10 * 1024 * 1024;
const STANDARD = ['alt', 'fields', 'prettyPrint', 'quotaUser', 'key', 'uploadType'];
const WHOLE_DRIVE = ['corpora', 'driveId', 'includeItemsFromAllDrives', 'supportsAllDrives', 'pageSize', 'pageToken'];
/** What may be written of a file, and its type. */
const WRITABLE = { name: 'string', mimeType: 'string', parents: 'array', appProperties: 'object', description: 'string', id: 'string', trashed: 'boolean', shortcutDetails: 'object' };
const BACKEND = 'Backend Error';
const DAY_MS = 86_400_000;

/**
 * @param {object} options
 * @param {string} options.home folder of the drive's state
 * @param {string} options.driveId
 * @param {string} [options.driveName]
 * @param {{ email: string, publicKey: string }} options.account the service account that is a member of the drive
 * @param {() => number} [options.now] epoch milliseconds
 */
export function createDrive({ home, driveId, driveName = 'OCW Studio', account, now = Date.now }) {
  const store = createDriveStore({ home, driveId, now });
  const tokens = createTokens({ ...account, secret: createHash('sha256').update(account.publicKey).digest(), now });
  const uploads = createGoogleUploads({ home, keepBytes: () => settings.uploadKeepBytes, finish: finishUpload });
  const person = createPerson(store, { driveId });
  /** What a person who tests changes by `POST /_settings`. */
  const settings = { role: /** @type {Role} */ ('fileOrganizer'), indexLagMs: 0, incompleteSearch: false, maxPageSize: 1_000, uploadKeepBytes: /** @type {number | null} */ (null), bytesPerSecond: /** @type {number | null} */ (null), listTokensFromMs: 0, changesFrom: 0 };

  /** @param {import('./driveStore.mjs').Item} item @param {import('./driveStore.mjs').View} [view] */
  const resourceOf = (item, view) => fileResource(item, { driveId, isTrashed: store.isTrashed(item, view), targetMime: item.target === null ? null : (store.items.get(item.target)?.mimeType ?? null), role: settings.role });

  /** @param {Call} call */
  const sharedDriveOnly = ({ query }) => query.get('supportsAllDrives') === 'true';

  /** @param {Call} call @returns {import('./driveStore.mjs').Item} */
  function itemOf(call) {
    const item = store.items.get(call.id);
    // To a client that does not say it knows shared drives nothing of them exists.
    if (item === undefined) throw notFound(call.id);
    if (!sharedDriveOnly(call)) throw Object.assign(notFound(call.id), { more: { ...notFound(call.id).more, unexpected: true } });
    return item;
  }

  /** @param {Role} least */
  function need(least) {
    if (ROLES.indexOf(settings.role) < ROLES.indexOf(least)) throw forbidden();
  }

  /** @param {Call} call @param {unknown} value @param {keyof typeof shapes} shape @param {string} fallback the fields that come unasked */
  function answer({ query, response }, value, shape, fallback) {
    sendJson(response, 200, applyFieldMask(value, parseFieldMask(query.get('fields') ?? fallback), shapes[shape]));
  }

  /** @param {Call} call @param {import('./driveStore.mjs').Item} item */
  const answerFile = (call, item) => answer(call, resourceOf(item), 'file', 'kind,id,name,mimeType,driveId');

  /** @param {Call} call @param {number} fallback */
  function pageSizeOf({ query }, fallback) {
    const size = Number(query.get('pageSize') ?? fallback);
    if (!Number.isInteger(size) || size < 1 || size > 1_000) throw new GoogleRefusal(400, 'invalidParameter', `Invalid value '${query.get('pageSize') ?? ''}'. Values must be within the range: [1, 1000]`, { location: 'pageSize', locationType: 'parameter', unexpected: true });
    return Math.min(size, settings.maxPageSize);
  }

  /** What a call about the whole of a shared drive has to say. @param {Call} call */
  function demandWholeDrive({ query }) {
    if (query.get('driveId') !== driveId) {
      if (query.has('driveId')) throw new GoogleRefusal(404, 'notFound', `Shared drive not found: ${query.get('driveId') ?? ''}`, { location: 'driveId', locationType: 'parameter' });
      throw invalid('driveId', 'The driveId parameter must be specified if and only if corpora is set to drive.');
    }
    for (const name of ['supportsAllDrives', 'includeItemsFromAllDrives']) if (query.get(name) !== 'true') throw invalid(name, `The ${name} parameter must be set to true for shared drives.`);
  }

  /** @param {Call} call */
  function list(call) {
    const { query } = call;
    if (query.get('corpora') !== 'drive') throw invalid('corpora', 'The driveId parameter must be specified if and only if corpora is set to drive.');
    demandWholeDrive(call);
    const q = query.get('q');
    const search = q === null ? { matches: () => true, parents: [] } : parseSearchQuery(q);
    for (const parent of search.parents) if (!store.items.has(parent)) throw notFound('');
    const size = pageSizeOf(call, 100);
    const belongsTo = createHash('sha256').update(`${q ?? ''}|${query.get('corpora') ?? ''}`).digest('base64url').slice(0, 12);
    const after = query.has('pageToken') ? cursorOf(query.get('pageToken') ?? '', belongsTo) : '';
    const view = store.index();
    const found = [...view.values()].filter((item) => item.parent !== null && item.id > after).filter((item) => search.matches({ name: item.name, mimeType: item.mimeType, parents: item.parent === null ? [] : [item.parent], trashed: store.isTrashed(item, view), appProperties: item.appProperties, modifiedTime: item.modifiedTime }));
    found.sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = found.slice(0, size);
    const nextPageToken = found.length > size ? Buffer.from(JSON.stringify({ belongsTo, after: page.at(-1)?.id, at: now() })).toString('base64url') : undefined;
    answer(call, { kind: 'drive#fileList', ...(nextPageToken === undefined ? {} : { nextPageToken }), incompleteSearch: settings.incompleteSearch, files: page.map((item) => resourceOf(item, view)) }, 'fileList', 'kind,nextPageToken,incompleteSearch,files(kind,id,name,mimeType,driveId)');
  }

  /** @param {string} token @param {string} belongsTo @returns {string} */
  function cursorOf(token, belongsTo) {
    let cursor;
    try {
      cursor = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    } catch {
      throw invalid('pageToken');
    }
    if (cursor.belongsTo !== belongsTo) throw invalid('pageToken');
    if (cursor.at < settings.listTokensFromMs || cursor.at + DAY_MS < now()) throw new GoogleRefusal(400, 'invalid', 'Invalid Value', { location: 'pageToken', locationType: 'parameter' });
    return cursor.after;
  }

  /** @param {Record<string, any>} body @returns {Partial<import('./driveStore.mjs').Item>} */
  function newItem(body) {
    need('writer');
    if (body['parents'] !== undefined && body['parents'].length !== 1) throw new GoogleRefusal(403, 'teamDrivesParentLimit', 'A shared drive item must have exactly one parent.', { unexpected: true });
    const parent = store.items.get(body['parents']?.[0] ?? '');
    if (parent === undefined) throw notFound(body['parents']?.[0] ?? 'root');
    if (parent.mimeType !== FOLDER) throw new GoogleRefusal(403, 'parentNotAFolder', 'The specified parent is not a folder.', { location: 'parents', locationType: 'parameter', unexpected: true });
    const id = body['id'];
    if (id !== undefined && store.items.has(id)) throw new GoogleRefusal(409, 'fileIdInUse', 'A file already exists with the provided ID.', { location: 'file.id', locationType: 'parameter' });
    if (id !== undefined && !store.isReserved(id)) throw new GoogleRefusal(400, 'invalid', 'The provided file ID is not usable.', { location: 'file.id', locationType: 'parameter', unexpected: true });
    return { name: body['name'] ?? 'Untitled', parent: parent.id, appProperties: propertiesOf({}, body['appProperties'] ?? {}), ...(id === undefined ? {} : { id }), ...(body['mimeType'] === undefined ? {} : { mimeType: body['mimeType'] }) };
  }

  /** @param {Record<string, string>} before @param {Record<string, unknown>} changes null takes one away */
  function propertiesOf(before, changes) {
    const after = { ...before };
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) delete after[key];
      else if (typeof value !== 'string' || Buffer.byteLength(key + value) > 124) throw new GoogleRefusal(400, 'invalid', 'The property value is not valid.', { location: 'appProperties', locationType: 'parameter', unexpected: true });
      else after[key] = value;
    }
    return after;
  }

  /** @param {Call} call */
  function create(call) {
    if (!sharedDriveOnly(call)) throw Object.assign(notFound(call.body['parents']?.[0] ?? 'root'), { more: { location: 'fileId', locationType: 'parameter', unexpected: true } });
    const facts = newItem(call.body);
    if (facts.mimeType === FOLDER) return answerFile(call, store.add(facts));
    if (facts.mimeType === SHORTCUT) {
      const target = call.body['shortcutDetails']?.targetId;
      if (!store.items.has(target)) throw notFound(String(target));
      return answerFile(call, store.add({ ...facts, target }));
    }
    // Without bytes it is an empty file.
    answerFile(call, store.add({ ...facts, ...store.keep(Buffer.alloc(0)) }));
  }

  /** @param {Call} call */
  function update(call) {
    const item = itemOf(call);
    const { body, query } = call;
    const [added, removed] = [query.get('addParents'), query.get('removeParents')];
    need(body['trashed'] !== undefined || added !== null || removed !== null ? 'fileOrganizer' : 'writer');
    if (item.parent === null) throw forbidden();
    /** @type {Partial<import('./driveStore.mjs').Item>} */
    const change = {};
    if (added !== null || removed !== null) {
      if (added === null || removed === null) throw new GoogleRefusal(403, added === null ? 'teamDrivesParentLimit' : 'cannotAddParent', added === null ? 'A shared drive item must have exactly one parent.' : 'Increasing the number of parents is not allowed', { unexpected: true });
      if (store.items.get(added)?.mimeType !== FOLDER) throw notFound(added);
      if (removed !== item.parent) throw notFound(removed);
      if (store.isWithin(added, item.id)) throw new GoogleRefusal(403, 'cyclicMembershipsNotAllowed', 'This would make the folder lie within itself.', { unexpected: true });
      change.parent = added;
    }
    if (body['parents'] !== undefined || body['id'] !== undefined) throw new GoogleRefusal(403, 'fieldNotWritable', 'The resource body includes fields which are not directly writable.', { unexpected: true });
    if (body['name'] !== undefined) change.name = body['name'];
    if (body['appProperties'] !== undefined) change.appProperties = propertiesOf(item.appProperties, body['appProperties']);
    if (body['trashed'] !== undefined) change.trashedTime = body['trashed'] ? (item.trashedTime ?? new Date(now()).toISOString()) : null;
    answerFile(call, store.change(item.id, change));
  }

  /** @param {Call} call */
  function copy(call) {
    const item = itemOf(call);
    if (item.mimeType === FOLDER) throw new GoogleRefusal(403, 'cannotCopyFile', 'This file cannot be copied by the user.', { unexpected: true });
    const facts = newItem({ name: `Copy of ${item.name}`, parents: [item.parent], ...call.body });
    answerFile(call, store.add({ ...facts, mimeType: item.mimeType, content: item.content, size: item.size, md5: item.md5, target: item.target }));
  }

  /** @param {Call} call */
  async function get(call) {
    const item = itemOf(call);
    if (call.query.get('alt') !== 'media') return answerFile(call, item);
    if (item.size === null) throw new GoogleRefusal(403, 'fileNotDownloadable', 'Only files with binary content can be downloaded. Use Export with Docs Editors files.', { location: 'alt', locationType: 'parameter' });
    if (item.flag === 'downloadQuotaExceeded') throw new GoogleRefusal(403, 'downloadQuotaExceeded', 'The download quota for this file has been exceeded.');
    if (item.flag === 'abusive') {
      if (call.query.get('acknowledgeAbuse') !== 'true') throw new GoogleRefusal(403, 'cannotDownloadAbusiveFile', 'This file has been identified as malware or spam and cannot be downloaded.');
      need('organizer');
    }
    await sendMedia(call.request, call.response, item, (start, end) => store.open(item, start, end), settings.bytesPerSecond);
  }

  /** @param {Call} call */
  function exportFile(call) {
    const item = store.items.get(call.id);
    if (item === undefined) throw notFound(call.id);
    if (item.content?.kind !== 'native') throw new GoogleRefusal(403, 'fileNotExportable', 'Export only supports Docs Editors files.');
    if (call.query.get('mimeType') !== 'application/pdf') throw new GoogleRefusal(400, 'badRequest', 'The requested conversion is not supported.', { location: 'convertTo', locationType: 'parameter', unexpected: true });
    if (item.content.exportBytes > EXPORT_LIMIT) throw new GoogleRefusal(403, 'exportSizeLimitExceeded', 'This file is too large to be exported.');
    // Nobody is told beforehand how long it is.
    call.response.writeHead(200, { 'content-type': 'application/pdf' });
    call.response.write(pdfOf(item.content.text, item.content.exportBytes));
    call.response.end();
  }

  /** @param {Call} call */
  function changes(call) {
    demandWholeDrive(call);
    const token = call.query.get('pageToken') ?? '';
    if (!/^\d{1,12}$/.test(token) || Number(token) > store.nextChange()) throw invalid('pageToken');
    if (Number(token) < settings.changesFrom) throw new GoogleRefusal(400, 'invalid', 'Invalid Value', { location: 'pageToken', locationType: 'parameter' });
    const found = store.changesFrom(Number(token), pageSizeOf(call, 100));
    const shown = found.changes.filter(({ item }) => item !== null || call.query.get('includeRemoved') !== 'false');
    answer(
      call,
      {
        kind: 'drive#changeList',
        ...(found.isLast ? { newStartPageToken: String(found.next) } : { nextPageToken: String(found.next) }),
        changes: shown.map(({ id, at, item }) => ({ kind: 'drive#change', changeType: 'file', type: 'file', time: new Date(at).toISOString(), removed: item === null, fileId: id, ...(item === null ? {} : { file: resourceOf(item) }) })),
      },
      'changeList',
      'kind,nextPageToken,newStartPageToken,changes(kind,changeType,type,time,removed,fileId,file(kind,id,name,mimeType,driveId))',
    );
  }

  /** @param {import('../googleUploads.mjs').Session} session @param {string} part @param {number} size */
  async function finishUpload(session, part, size) {
    const kept = await store.keepFile(part, size);
    return store.add({ ...newItem(session.metadata), mimeType: session.mimeType, ...kept }).id;
  }

  /** @param {Call} call */
  function beginUpload(call) {
    if (call.query.get('uploadType') !== 'resumable') throw new GoogleRefusal(400, 'badRequest', 'This stand-in takes resumable uploads only.', { location: 'uploadType', locationType: 'parameter', unexpected: true });
    if (!sharedDriveOnly(call)) throw Object.assign(notFound(call.body['parents']?.[0] ?? 'root'), { more: { location: 'fileId', locationType: 'parameter', unexpected: true } });
    const facts = newItem(call.body);
    const length = call.request.headers['x-upload-content-length'];
    const id = uploads.begin({ metadata: call.body, mimeType: String(call.request.headers['x-upload-content-type'] ?? facts.mimeType ?? 'application/octet-stream'), total: length === undefined ? null : Number(length), query: new URLSearchParams([...call.query].filter(([name]) => name === 'fields')).toString(), fileId: null });
    call.response.writeHead(200, { location: `http://${call.request.headers.host ?? ''}/upload/drive/v3/files?uploadType=resumable&upload_id=${id}`, 'x-guploader-uploadid': id, 'content-length': '0' });
    call.response.end();
  }

  /** @param {Call} call */
  async function takePart(call) {
    const id = call.query.get('upload_id') ?? '';
    const outcome = await uploads.put(call.request, id);
    if ('fileId' in outcome) {
      const item = store.items.get(outcome.fileId);
      if (item === undefined) throw notFound(outcome.fileId);
      return answerFile({ ...call, query: new URLSearchParams(uploads.queryOf(id)) }, item);
    }
    call.response.writeHead(308, { ...(outcome.received === 0 ? {} : { range: `bytes=0-${outcome.received - 1}` }), 'content-length': '0' });
    call.response.end();
  }

  /** @type {Route[]} */
  const routes = [
    { method: 'GET', path: /^\/drive\/v3\/files$/, takes: [...WHOLE_DRIVE, 'q', 'spaces'], run: list },
    { method: 'GET', path: /^\/drive\/v3\/files\/generateIds$/, takes: ['count', 'space', 'type'], run: generateIds },
    { method: 'GET', path: /^\/drive\/v3\/files\/([\w-]+)$/, takes: ['supportsAllDrives', 'acknowledgeAbuse'], run: get },
    { method: 'GET', path: /^\/drive\/v3\/files\/([\w-]+)\/export$/, takes: ['mimeType'], run: exportFile },
    { method: 'POST', path: /^\/drive\/v3\/files$/, takes: ['supportsAllDrives'], writes: WRITABLE, run: create },
    { method: 'POST', path: /^\/drive\/v3\/files\/([\w-]+)\/copy$/, takes: ['supportsAllDrives'], writes: WRITABLE, run: copy },
    { method: 'PATCH', path: /^\/drive\/v3\/files\/([\w-]+)$/, takes: ['supportsAllDrives', 'addParents', 'removeParents'], writes: WRITABLE, run: update },
    { method: 'DELETE', path: /^\/drive\/v3\/files\/([\w-]+)$/, takes: ['supportsAllDrives'], writes: {}, run: erase },
    { method: 'GET', path: /^\/drive\/v3\/changes\/startPageToken$/, takes: ['driveId', 'supportsAllDrives'], run: startPageToken },
    { method: 'GET', path: /^\/drive\/v3\/changes$/, takes: [...WHOLE_DRIVE, 'includeRemoved', 'spaces'], run: changes },
    { method: 'GET', path: /^\/drive\/v3\/drives\/([\w-]+)$/, takes: [], run: getDrive },
    { method: 'POST', path: /^\/upload\/drive\/v3\/files$/, takes: ['supportsAllDrives'], writes: WRITABLE, run: beginUpload },
    { method: 'PUT', path: /^\/upload\/drive\/v3\/files$/, takes: ['upload_id'], isUpload: true, run: takePart },
  ];

  /** @param {Call} call */
  function erase(call) {
    const item = itemOf(call);
    need('organizer');
    if (item.parent === null) throw forbidden();
    store.remove(item.id);
    call.response.writeHead(204);
    call.response.end();
  }

  /** @param {Call} call */
  function generateIds(call) {
    const count = Number(call.query.get('count') ?? 10);
    if (!Number.isInteger(count) || count < 1 || count > 1_000) throw invalid('count');
    answer(call, { kind: 'drive#generatedIds', space: 'drive', ids: store.reserveIds(count) }, 'ids', 'kind,space,ids');
  }

  /** @param {Call} call */
  function startPageToken(call) {
    if (!sharedDriveOnly(call) || call.query.get('driveId') !== driveId) throw invalid('driveId');
    answer(call, { kind: 'drive#startPageToken', startPageToken: String(store.nextChange()) }, 'startPageToken', 'kind,startPageToken');
  }

  /** @param {Call} call */
  function getDrive(call) {
    if (call.id !== driveId) throw new GoogleRefusal(404, 'notFound', `Shared drive not found: ${call.id}`, { location: 'driveId', locationType: 'parameter' });
    answer(call, { kind: 'drive#drive', id: driveId, name: driveName, createdTime: store.items.get(driveId)?.createdTime }, 'drive', 'kind,id,name');
  }

  /** @param {Route} route @param {URLSearchParams} query @param {unknown} body @returns {asserts body is Record<string, any>} */
  function judge(route, query, body) {
    for (const name of query.keys()) if (!route.takes.includes(name) && !STANDARD.includes(name)) throw new GoogleRefusal(400, 'invalidParameter', `Unknown parameter ${name}`, { location: name, locationType: 'parameter', unexpected: true });
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new GoogleRefusal(400, 'parseError', 'Parse Error', { unexpected: true });
    for (const [name, value] of Object.entries(body)) {
      const type = Array.isArray(value) ? 'array' : typeof value;
      if (route.writes?.[name] !== type) throw new GoogleRefusal(400, 'badRequest', `Invalid JSON payload received. Unknown name "${name}", or a wrong type for it.`, { unexpected: true });
    }
  }

  /** @param {import('node:http').IncomingMessage} request */
  async function readJson(request) {
    const text = (await readBody(request)).toString('utf8');
    if (text === '') return {};
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new GoogleRefusal(400, 'badRequest', 'The body is no JSON.', { unexpected: true });
    try {
      return JSON.parse(text);
    } catch {
      throw new GoogleRefusal(400, 'parseError', 'Parse Error', { unexpected: true });
    }
  }

  /** @param {Record<string, any>} wish */
  function set(wish) {
    for (const name of Object.keys(wish)) if (!['role', 'indexLagMs', 'incompleteSearch', 'maxPageSize', 'uploadKeepBytes', 'bytesPerSecond', 'expireTokens', 'expirePageTokens', 'expireUploads'].includes(name)) throw new Error(`There is no setting ${name}`);
    if (wish['role'] !== undefined && !ROLES.includes(wish['role'])) throw new Error(`There is no role ${wish['role']}`);
    for (const name of /** @type {const} */ (['role', 'incompleteSearch', 'maxPageSize', 'uploadKeepBytes', 'bytesPerSecond'])) if (wish[name] !== undefined) Object.assign(settings, { [name]: wish[name] });
    if (wish['indexLagMs'] !== undefined) {
      settings.indexLagMs = wish['indexLagMs'];
      store.setIndexLag(wish['indexLagMs']);
    }
    if (wish['expireTokens'] === true) tokens.expireAll();
    if (wish['expireUploads'] === true) uploads.expire(1);
    if (wish['expirePageTokens'] === true) Object.assign(settings, { listTokensFromMs: now() + 1, changesFrom: store.nextChange() });
    return settings;
  }

  const standIn = createStandIn({
    name: 'Google Drive',
    statePage: () => person.page(settings),
    answerFault(response, fault) {
      const wait = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      const status = Number(fault.fault);
      if (status === 429) return sendRefusal(response, new GoogleRefusal(429, fault.reason ?? 'rateLimitExceeded', 'Rate Limit Exceeded', { domain: 'usageLimits' }), wait);
      if (status === 403) return sendRefusal(response, new GoogleRefusal(403, fault.reason ?? 'userRateLimitExceeded', 'User Rate Limit Exceeded', { domain: 'usageLimits' }), wait);
      if (status === 400) return sendRefusal(response, new GoogleRefusal(400, fault.reason ?? 'badRequest', 'Bad Request'));
      sendRefusal(response, new GoogleRefusal(status, fault.reason ?? 'backendError', BACKEND), wait);
    },
    async handle(request, response, url) {
      if (url.pathname.startsWith('/_') && request.method === 'POST') {
        try {
          if (url.pathname === '/_settings') return sendJson(response, 200, set(JSON.parse((await readBody(request)).toString('utf8'))));
          if (url.pathname === '/_person') return sendJson(response, 200, { items: await person.act(JSON.parse((await readBody(request)).toString('utf8'))) });
          if (url.pathname === '/_form') return await person.takeForm(request, response);
        } catch (error) {
          return sendJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
        }
      }
      if (url.pathname.startsWith('/_media/') && (request.method === 'GET' || request.method === 'HEAD')) {
        // The same bytes as anybody’s web server would send them, for programs that know nothing of Google.
        const item = store.items.get(url.pathname.slice('/_media/'.length));
        if (item?.size == null) return sendJson(response, 404, { message: 'There is no such file' });
        return await sendMedia(request, response, item, (start, end) => store.open(item, start, end), settings.bytesPerSecond);
      }
      if (url.pathname === '/token' && request.method === 'POST') return tokens.answer(request, response);
      try {
        const route = routes.find((candidate) => candidate.method === request.method && candidate.path.test(url.pathname));
        if (route === undefined) throw new GoogleRefusal(404, 'notFound', 'Not Found', { unexpected: true });
        const rights = tokens.rightsOf(request.headers.authorization);
        if (rights === null) throw new GoogleRefusal(401, 'authError', 'Invalid Credentials', { location: 'Authorization', locationType: 'header' });
        if (rights === 'read' && request.method !== 'GET') throw new GoogleRefusal(403, 'insufficientPermissions', 'Insufficient Permission: Request had insufficient authentication scopes.');
        const body = route.isUpload === true ? {} : await readJson(request);
        judge(route, url.searchParams, body);
        await route.run({ request, response, url, query: url.searchParams, id: route.path.exec(url.pathname)?.[1] ?? '', body });
      } catch (error) {
        request.resume();
        if (response.headersSent || !(error instanceof GoogleRefusal)) throw error;
        sendRefusal(response, error);
      }
    },
  });
  return { ...standIn, store, person, set };
}
