// @ts-check
/**
 * YouTube’s Data API (v3) with Google’s consent and tokens for it. Its clock can be put forward, so that what takes a day
 * there takes none here. Stricter in one point: a parameter or a field it does not know is refused.
 */
import { createHash } from 'node:crypto';
import { createStandIn, escapeHtml, readBody, sendJson } from '../base.mjs';
import { GoogleRefusal, sendRefusal } from '../googleRefusal.mjs';
import { createGoogleUploads } from '../googleUploads.mjs';
import { createConsent, SCOPES } from './consent.mjs';
import { readMultipart } from './multipart.mjs';
import { createQuota } from './quota.mjs';
import { captionResource, CATEGORIES, partsOf, playlistItemResource, snippetOf, statusOf, thumbnailSet, videoResource } from './resources.mjs';
import { createYoutubeStore } from './youtubeStore.mjs';

/** @typedef {{ request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, query: URLSearchParams, channelId: string }} Call */
/** @typedef {{ method: string, path: string, takes: readonly string[], units: number, scopes: readonly string[], run: (call: Call) => Promise<void> | void }} Route `units`: what it costs of the day's; insertions of videos have a bucket of their own */
/** @typedef {import('./youtubeStore.mjs').Outcome} Outcome */

const STANDARD = ['alt', 'prettyPrint', 'quotaUser', 'uploadType'];
const MANAGE = [SCOPES.all, SCOPES.forceSsl];
const UPLOAD = [SCOPES.all, SCOPES.forceSsl, SCOPES.upload];
const PICTURES = /^(image\/(jpeg|png)|application\/octet-stream)$/;
const PICTURE_BYTES = 2 * 1024 * 1024;
/** A session's life is not published; who plans for a day is safe. */
const SESSION_MS = 86_400_000;

/**
 * @param {object} options
 * @param {string} options.home folder of its state
 * @param {import('./consent.mjs').OAuthClient} options.client
 * @param {readonly import('./youtubeStore.mjs').Channel[]} options.channels of the person who consents; the first one is the studio's
 * @param {string} [options.refreshToken] of a consent for the first channel, given before the first start
 * @param {() => number} [options.now] epoch milliseconds
 */
export function createYoutube({ home, client, channels, refreshToken, now: clock = Date.now }) {
  const store = createYoutubeStore({ home });
  const { state } = store;
  const now = () => clock() + state.aheadMs;
  const consent = createConsent({ client, channels, store, now });
  const [first] = channels;
  if (first === undefined) throw new Error('Somebody who consents has a channel');
  // Later it stays taken back, when somebody took it back.
  if (store.isNew && refreshToken !== undefined) consent.grant(first.id, refreshToken);

  /** What a person who tests changes by `POST /_settings`. */
  const settings = {
    processingMs: 0,
    outcome: /** @type {Outcome} */ ({ uploadStatus: 'processed' }),
    isAudited: true,
    indexLagMs: 0,
    maxPageSize: 50,
    uploadKeepBytes: /** @type {number | null} */ (null),
    sessionMs: SESSION_MS,
    hasAutomaticCaptions: true,
    mayHaveThumbnails: true,
    longUploadsStatus: 'allowed',
    limits: { units: 10_000, inserts: 100, channelUploads: 1_000 },
    quotaWording: /** @type {'quotaExceeded' | 'perDay'} */ ('quotaExceeded'),
  };
  const quota = createQuota({ store, now, limits: () => settings.limits, wording: () => settings.quotaWording });
  const uploads = createGoogleUploads({ home, keepBytes: () => settings.uploadKeepBytes, finish: finishUpload, now, lifeMs: () => settings.sessionMs });

  /** @param {string} id */
  const titleOf = (id) => channels.find((channel) => channel.id === id)?.title ?? '';
  const playlistOf = (/** @type {string} */ channelId) => `UU${channelId.slice(2)}`;

  /** @param {import('./youtubeStore.mjs').Video} video @param {readonly string[]} parts */
  const shown = (video, parts) => videoResource(video, parts, { now: now(), channelTitle: titleOf(video.channelId) });

  /** A video of the channel that asks. @param {string} id @param {string} channelId @param {string} [location] */
  function ownVideo(id, channelId, location = 'id') {
    const video = store.videoOf(id);
    if (video === undefined) throw new GoogleRefusal(404, 'videoNotFound', 'The video that you are trying to update cannot be found.', { domain: 'youtube.video', location, locationType: 'parameter' });
    if (video.channelId !== channelId) throw new GoogleRefusal(403, 'forbidden', 'The permissions associated with the request are not sufficient to access the video.', { domain: 'youtube.video', location, locationType: 'parameter' });
    return video;
  }

  /** @param {import('./youtubeStore.mjs').Status} status @returns {import('./youtubeStore.mjs').Status} */
  const locked = (status) => (settings.isAudited ? status : { ...status, privacyStatus: 'private' });

  /** @param {Call} call */
  async function beginUpload(call) {
    const { request, response, query, channelId } = call;
    if (query.get('uploadType') !== 'resumable') throw new GoogleRefusal(400, 'badRequest', 'This stand-in takes resumable uploads of videos only.', { location: 'uploadType', locationType: 'parameter', unexpected: true });
    const parts = partsOf(query);
    const body = await readJson(request);
    // A wrong request costs as much as a right one.
    quota.spendInsert();
    const snippet = snippetOf(body['snippet'], { isNew: true });
    const status = statusOf(body['status']);
    quota.demandUpload();
    const length = request.headers['x-upload-content-length'];
    const mimeType = String(request.headers['x-upload-content-type'] ?? '');
    if (!/^(video\/|application\/octet-stream)/.test(mimeType)) throw new GoogleRefusal(400, 'badContent', 'Media type is not supported. Supported media types: [video/*, application/octet-stream]', { unexpected: true });
    const id = uploads.begin({ metadata: { snippet, status, channelId, hasNotified: query.get('notifySubscribers') !== 'false' }, mimeType, total: length === undefined ? null : Number(length), query: parts.join(','), fileId: null });
    response.writeHead(200, { location: `http://${request.headers.host ?? ''}/upload/youtube/v3/videos?uploadType=resumable&upload_id=${id}`, 'x-guploader-uploadid': id, 'content-length': '0' });
    response.end();
  }

  /** @param {import('../googleUploads.mjs').Session} session @param {string} part @param {number} size */
  async function finishUpload(session, part, size) {
    const md5 = await store.sumUp(part);
    const at = now();
    const { snippet, status, channelId, hasNotified } = /** @type {Pick<import('./youtubeStore.mjs').Video, 'snippet' | 'status' | 'channelId' | 'hasNotified'>} */ (session.metadata);
    const video = store.addVideo({ channelId, snippet, status: locked(status), size, md5, mimeType: session.mimeType, uploadedAt: at, processedAt: at + settings.processingMs, outcome: size === 0 ? { uploadStatus: 'failed', reason: 'emptyFile' } : settings.outcome, hasNotified: hasNotified && status.privacyStatus === 'public' });
    if (settings.hasAutomaticCaptions && video.outcome.uploadStatus === 'processed') store.addCaption({ videoId: video.id, language: 'en', name: '', trackKind: 'asr', isDraft: false, status: 'serving', failureReason: null, updatedAt: video.processedAt, text: '' });
    quota.uploaded();
    return video.id;
  }

  /** @param {Call} call */
  async function takePart({ request, response, query }) {
    const id = query.get('upload_id') ?? '';
    const outcome = await uploads.put(request, id);
    if ('fileId' in outcome) {
      const video = state.videos.find((candidate) => candidate.id === outcome.fileId);
      if (video === undefined) throw new Error('A finished session has its video');
      return sendJson(response, 201, shown(video, uploads.queryOf(id).split(',')));
    }
    response.writeHead(308, { ...(outcome.received === 0 ? {} : { range: `bytes=0-${outcome.received - 1}` }), 'content-length': '0' });
    response.end();
  }

  /** @param {Call} call */
  function listVideos({ query, response, channelId }) {
    const parts = partsOf(query);
    const ids = query.getAll('id').flatMap((id) => id.split(','));
    if (ids.length === 0 || ids.length > 50) throw new GoogleRefusal(400, 'invalidFilters', 'The request specifies an invalid filter parameter.', { location: 'parameters.id', locationType: 'parameter', unexpected: true });
    // A video that is gone, or private and somebody else’s, is left out without a word.
    const found = ids.flatMap((id) => store.videoOf(id) ?? []).filter((video) => video.channelId === channelId || video.status.privacyStatus !== 'private');
    sendJson(response, 200, { kind: 'youtube#videoListResponse', etag: 'e', items: found.map((video) => shown(video, parts)), pageInfo: { totalResults: found.length, resultsPerPage: found.length } });
  }

  /** @param {Call} call */
  async function updateVideo({ request, response, query, channelId }) {
    const parts = partsOf(query);
    const body = await readJson(request);
    const video = ownVideo(String(body['id'] ?? ''), channelId, 'body.id');
    for (const part of parts) if (!['id', 'snippet', 'status'].includes(part)) throw new GoogleRefusal(400, 'unexpectedPart', part, { domain: 'youtube.part', location: 'part', locationType: 'parameter', unexpected: true });
    const snippet = parts.includes('snippet') ? snippetOf(body['snippet'], { isNew: false }) : video.snippet;
    const status = parts.includes('status') ? locked(statusOf(body['status'])) : video.status;
    Object.assign(video, { snippet, status });
    store.save();
    sendJson(response, 200, shown(video, parts));
  }

  /** @param {Call} call */
  function listCaptions({ query, response, channelId }) {
    const parts = partsOf(query, ['id', 'snippet']);
    const video = ownVideo(query.get('videoId') ?? '', channelId, 'videoId');
    const items = state.captions.filter((caption) => caption.videoId === video.id && caption.updatedAt <= now()).map((caption) => captionResource(caption, parts));
    sendJson(response, 200, { kind: 'youtube#captionListResponse', etag: 'e', items });
  }

  /** What YouTube makes of a file of captions. @param {Buffer} bytes */
  function readTrack(bytes) {
    const text = bytes.toString('utf8');
    if (text.trim() === '') throw new GoogleRefusal(400, 'contentRequired', 'The request does not contain the caption track contents.', { domain: 'youtube.caption', location: 'body', locationType: 'parameter' });
    const isRead = /^(\ufeff)?WEBVTT/.test(text) || /^\s*\d+\r?\n\d\d:\d\d:\d\d,\d{3} --> /.test(text);
    return { text, status: /** @type {'serving' | 'failed'} */ (isRead ? 'serving' : 'failed'), failureReason: isRead ? null : 'unsupportedFormat', updatedAt: now() };
  }

  /** @param {Record<string, any>} resource @param {readonly string[]} known */
  function captionSnippet(resource, known) {
    const snippet = resource['snippet'] ?? {};
    for (const name of Object.keys(snippet)) if (!known.includes(name)) throw new GoogleRefusal(400, 'badRequest', `Invalid JSON payload received. Unknown name "${name}"`, { unexpected: true });
    return snippet;
  }

  /** @param {Call} call */
  async function insertCaption({ request, response, query, channelId }) {
    const parts = partsOf(query, ['id', 'snippet']);
    const { resource, bytes } = await readMultipart(request);
    const { videoId = '', language = '', name = '', isDraft = false } = captionSnippet(resource, ['videoId', 'language', 'name', 'isDraft']);
    const metadata = (/** @type {string} */ reason) => new GoogleRefusal(400, reason, 'The request contains invalid metadata values, which prevent the track from being created.', { domain: 'youtube.caption', location: 'snippet', locationType: 'parameter' });
    if (!/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language)) throw metadata('invalidMetadata');
    if (name.length > 150) throw metadata('nameTooLong');
    const video = ownVideo(videoId, channelId, 'body.snippet.videoId');
    const track = readTrack(bytes);
    if (state.captions.some((caption) => caption.videoId === videoId && caption.trackKind === 'standard' && caption.language === language && caption.name === name)) throw new GoogleRefusal(409, 'captionExists', 'The specified video already has a caption track with the given <code>snippet.language</code> and <code>snippet.name</code>.', { domain: 'youtube.caption', location: 'snippet', locationType: 'parameter' });
    sendJson(response, 200, captionResource(store.addCaption({ videoId: video.id, language, name, trackKind: 'standard', isDraft, ...track }), parts));
  }

  /** @param {string} id @param {string} channelId */
  function ownCaption(id, channelId) {
    const caption = state.captions.find((candidate) => candidate.id === id);
    if (caption === undefined) throw new GoogleRefusal(404, 'captionNotFound', 'The API was unable to find the specified caption track.', { domain: 'youtube.caption', location: 'id', locationType: 'parameter' });
    ownVideo(caption.videoId, channelId);
    if (caption.trackKind === 'asr') throw new GoogleRefusal(403, 'forbidden', 'The permissions associated with the request are not sufficient to update the caption track.', { domain: 'youtube.caption', unexpected: true });
    return caption;
  }

  /** @param {Call} call */
  async function updateCaption({ request, response, query, channelId }) {
    const parts = partsOf(query, ['id', 'snippet']);
    const { resource, bytes } = await readMultipart(request);
    const caption = ownCaption(String(resource['id'] ?? ''), channelId);
    const { isDraft = false } = captionSnippet(resource, ['isDraft']);
    Object.assign(caption, { isDraft, ...readTrack(bytes) });
    store.save();
    sendJson(response, 200, captionResource(caption, parts));
  }

  /** @param {Call} call */
  function deleteCaption({ query, response, channelId }) {
    store.removeCaption(ownCaption(query.get('id') ?? '', channelId).id);
    response.writeHead(204);
    response.end();
  }

  /** @param {Call} call */
  async function setThumbnail({ request, response, query, channelId }) {
    const video = ownVideo(query.get('videoId') ?? '', channelId, 'videoId');
    const bytes = await readBody(request);
    const isPicture = bytes.subarray(0, 2).toString('hex') === 'ffd8' || bytes.subarray(1, 4).toString('latin1') === 'PNG';
    if (!settings.mayHaveThumbnails) throw new GoogleRefusal(403, 'forbidden', 'The authenticated user doesn\'t have permissions to upload and set custom video thumbnails.', { domain: 'youtube.thumbnail' });
    if (bytes.length === 0) throw new GoogleRefusal(400, 'mediaBodyRequired', 'The request does not include the image content.', { domain: 'youtube.thumbnail', unexpected: true });
    if (!isPicture || bytes.length > PICTURE_BYTES || !PICTURES.test(request.headers['content-type'] ?? '')) throw new GoogleRefusal(400, 'invalidImage', 'The provided image content is invalid.', { domain: 'youtube.thumbnail' });
    video.thumbnail = createHash('md5').update(bytes).digest('hex');
    store.save();
    sendJson(response, 200, thumbnailSet(video.id));
  }

  /** @param {Call} call */
  function listPlaylistItems({ query, response, channelId }) {
    const parts = partsOf(query, ['id', 'snippet', 'contentDetails', 'status']);
    const playlistId = query.get('playlistId') ?? '';
    const channel = channels.find(({ id }) => playlistOf(id) === playlistId);
    // Newest first; what nobody else may see is there for the channel’s own people. A channel without any has no list either.
    const all = state.videos.filter((video) => video.channelId === channel?.id && !video.isDeleted && video.uploadedAt + settings.indexLagMs <= now() && (channelId === channel.id || video.status.privacyStatus === 'public')).reverse();
    if (channel === undefined || all.length === 0) throw new GoogleRefusal(404, 'playlistNotFound', 'The playlist identified with the request\'s <code>playlistId</code> parameter cannot be found.', { domain: 'youtube.playlistItem', location: 'playlistId', locationType: 'parameter' });
    const size = Number(query.get('maxResults') ?? 5);
    if (!Number.isInteger(size) || size < 0 || size > 50) throw new GoogleRefusal(400, 'invalidParameter', `Invalid value '${query.get('maxResults') ?? ''}'. Values must be within the range: [0, 50]`, { location: 'maxResults', locationType: 'parameter', unexpected: true });
    const token = query.get('pageToken');
    const start = token === null ? 0 : Number(/^P(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1] ?? Number.NaN);
    if (Number.isNaN(start)) throw new GoogleRefusal(400, 'invalidPageToken', 'The request specifies an invalid page token.', { location: 'pageToken', locationType: 'parameter' });
    const end = start + Math.min(size, settings.maxPageSize);
    const items = all.slice(start, end).map((video, index) => playlistItemResource(video, parts, { position: start + index, playlistId, channelTitle: channel.title }));
    sendJson(response, 200, { kind: 'youtube#playlistItemListResponse', etag: 'e', ...(end < all.length ? { nextPageToken: Buffer.from(`P${end}`).toString('base64url') } : {}), items, pageInfo: { totalResults: all.length, resultsPerPage: size } });
  }

  /** @param {Call} call */
  function listChannels({ query, response, channelId }) {
    const parts = partsOf(query, ['id', 'snippet', 'contentDetails', 'status']);
    if ((query.get('mine') === 'true') === query.has('id')) throw new GoogleRefusal(400, 'missingRequiredParameter', 'No filter selected. Expected one of: id, mine', { location: 'parameters.', locationType: 'parameter', unexpected: true });
    const wanted = query.get('mine') === 'true' ? [channelId] : query.getAll('id');
    const found = channels.filter(({ id }) => wanted.includes(id));
    const resource = (/** @type {import('./youtubeStore.mjs').Channel} */ { id, title }) => ({ snippet: { title, description: '' }, contentDetails: { relatedPlaylists: { likes: '', uploads: playlistOf(id) } }, status: { privacyStatus: 'public', isLinked: true, longUploadsStatus: settings.longUploadsStatus } });
    // Nothing found is no list at all.
    sendJson(response, 200, { kind: 'youtube#channelListResponse', etag: 'e', pageInfo: { totalResults: found.length, resultsPerPage: 5 }, ...(found.length === 0 ? {} : { items: found.map((channel) => ({ kind: 'youtube#channel', etag: 'e', id: channel.id, ...Object.fromEntries(Object.entries(resource(channel)).filter(([name]) => parts.includes(name))) })) }) });
  }

  /** @param {Call} call */
  function listCategories({ query, response }) {
    partsOf(query, ['snippet']);
    if (query.has('id') === query.has('regionCode')) throw new GoogleRefusal(400, 'missingRequiredParameter', 'No filter selected. Expected one of: id, regionCode', { location: 'parameters.', locationType: 'parameter', unexpected: true });
    const ids = query.getAll('id').flatMap((id) => id.split(','));
    const found = CATEGORIES.filter(({ id }) => !query.has('id') || ids.includes(id));
    sendJson(response, 200, { kind: 'youtube#videoCategoryListResponse', etag: 'e', items: found.map(({ id, title, assignable }) => ({ kind: 'youtube#videoCategory', etag: 'e', id, snippet: { title, assignable, channelId: 'UCBR8-60-B28hp2BmDPdntcQ' } })) });
  }

  /** @type {Route[]} */
  const routes = [
    { method: 'POST', path: '/upload/youtube/v3/videos', takes: ['part', 'notifySubscribers'], units: 0, scopes: UPLOAD, run: beginUpload },
    { method: 'PUT', path: '/upload/youtube/v3/videos', takes: ['upload_id'], units: 0, scopes: UPLOAD, run: takePart },
    { method: 'GET', path: '/youtube/v3/videos', takes: ['part', 'id', 'maxResults'], units: 1, scopes: [...MANAGE, SCOPES.read], run: listVideos },
    { method: 'PUT', path: '/youtube/v3/videos', takes: ['part'], units: 50, scopes: MANAGE, run: updateVideo },
    { method: 'GET', path: '/youtube/v3/captions', takes: ['part', 'videoId'], units: 50, scopes: [SCOPES.forceSsl], run: listCaptions },
    { method: 'POST', path: '/upload/youtube/v3/captions', takes: ['part'], units: 400, scopes: [SCOPES.forceSsl], run: insertCaption },
    { method: 'PUT', path: '/upload/youtube/v3/captions', takes: ['part'], units: 450, scopes: [SCOPES.forceSsl], run: updateCaption },
    { method: 'DELETE', path: '/youtube/v3/captions', takes: ['id'], units: 50, scopes: [SCOPES.forceSsl], run: deleteCaption },
    { method: 'POST', path: '/upload/youtube/v3/thumbnails/set', takes: ['videoId'], units: 50, scopes: UPLOAD, run: setThumbnail },
    { method: 'GET', path: '/youtube/v3/playlistItems', takes: ['part', 'playlistId', 'maxResults', 'pageToken'], units: 1, scopes: [...MANAGE, SCOPES.read], run: listPlaylistItems },
    { method: 'GET', path: '/youtube/v3/channels', takes: ['part', 'mine', 'id'], units: 1, scopes: [...MANAGE, SCOPES.read], run: listChannels },
    { method: 'GET', path: '/youtube/v3/videoCategories', takes: ['part', 'id', 'regionCode'], units: 1, scopes: [...MANAGE, SCOPES.read], run: listCategories },
  ];

  /** @param {import('node:http').IncomingMessage} request @returns {Promise<Record<string, any>>} */
  async function readJson(request) {
    const text = (await readBody(request)).toString('utf8');
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new GoogleRefusal(400, 'badRequest', 'The body is no JSON.', { unexpected: true });
    try {
      return JSON.parse(text);
    } catch {
      throw new GoogleRefusal(400, 'parseError', 'Parse Error', { unexpected: true });
    }
  }

  /** What somebody does on YouTube's own pages. @param {{ do: string, id?: string, privacy?: string, token?: string, channelId?: string, outcome?: Outcome, language?: string, name?: string, text?: string }} wish */
  function person(wish) {
    if (wish.do === 'revoke') {
      for (const { token } of [...state.grants]) if (wish.token === undefined || wish.token === token) consent.withdraw(token);
      return { revoked: true };
    }
    if (wish.do === 'consent') return { refreshToken: consent.grant(wish.channelId ?? first?.id ?? '').token };
    const video = store.videoOf(wish.id ?? '');
    if (video === undefined) throw new Error(`There is no video ${wish.id ?? ''}`);
    if (wish.do === 'delete') video.isDeleted = true;
    else if (wish.do === 'privacy') Object.assign(video.status, { privacyStatus: wish.privacy });
    else if (wish.do === 'outcome') Object.assign(video, { outcome: wish.outcome, processedAt: now() });
    else if (wish.do === 'caption') return store.addCaption({ videoId: video.id, language: wish.language ?? 'en', name: wish.name ?? '', trackKind: 'standard', isDraft: false, status: 'serving', failureReason: null, updatedAt: now(), text: wish.text ?? 'WEBVTT\n' });
    else throw new Error(`Nobody can ${wish.do} on YouTube`);
    store.save();
    return video;
  }

  /** @param {Record<string, any>} wish */
  function set(wish) {
    for (const name of Object.keys(wish)) if (!(name in settings) && !['expireTokens', 'expireUploads'].includes(name)) throw new Error(`There is no setting ${name}`);
    const { expireTokens, expireUploads, limits, ...plain } = wish;
    Object.assign(settings, plain, limits === undefined ? {} : { limits: { ...settings.limits, ...limits } });
    if (expireTokens === true) consent.expireAccesses();
    if (expireUploads !== undefined) uploads.expire(Number(expireUploads));
    return settings;
  }

  function page() {
    const rows = [...state.videos].reverse().map((video) => {
      const captions = state.captions.filter(({ videoId, trackKind }) => videoId === video.id && trackKind === 'standard').map(({ language, name }) => `${language}: ${name}`).join(', ');
      return `<tr><td>${escapeHtml(video.id)}</td><td>${escapeHtml(video.snippet.title)}</td><td>${escapeHtml(titleOf(video.channelId))}</td><td>${video.isDeleted ? 'deleted' : escapeHtml(JSON.stringify(Reflect.get(shown(video, ['status']), 'status')))}</td><td>${video.size.toLocaleString('en-US')} bytes</td><td>${escapeHtml(captions)}</td></tr>`;
    });
    const { day, units, inserts } = quota.used();
    return `<p>Pacific day ${day}: ${units} of ${settings.limits.units} units, ${inserts} of ${settings.limits.inserts} insertions; ${quota.uploads()} of ${settings.limits.channelUploads} uploads in 24 hours.</p><p>Settings: ${escapeHtml(JSON.stringify(settings))}</p><table>${rows.join('')}</table>`;
  }

  /** The page people are sent to: what it says of a video, for its bytes are not kept. @param {string} id @param {import('node:http').ServerResponse} response */
  function watch(id, response) {
    const video = store.videoOf(id);
    const isShown = video !== undefined && video.status.privacyStatus !== 'private' && video.outcome.uploadStatus === 'processed' && now() >= video.processedAt;
    const tracks = state.captions.filter(({ videoId, isDraft, status }) => videoId === id && !isDraft && status === 'serving').map(({ language, name, trackKind }) => `${language}: ${trackKind === 'asr' ? 'automatic' : name}`);
    const body = isShown ? `<h1>${escapeHtml(video.snippet.title)}</h1><p style="white-space:pre-wrap">${escapeHtml(video.snippet.description)}</p><p>Captions: ${escapeHtml(tracks.join(', ') || 'none')}</p>` : '<h1>Video unavailable</h1>';
    // It says 200 either way, as YouTube does.
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>YouTube (stand-in)</title>${body}</html>`);
  }

  /** @param {Route} route @param {URLSearchParams} query */
  function judge(route, query) {
    for (const name of query.keys()) if (!route.takes.includes(name) && !STANDARD.includes(name)) throw new GoogleRefusal(400, 'invalidParameter', `Unknown parameter ${name}`, { location: name, locationType: 'parameter', unexpected: true });
  }

  const standIn = createStandIn({
    name: 'YouTube',
    statePage: page,
    control(wish) {
      if (wish['advanceSeconds'] === undefined) return undefined;
      state.aheadMs += Number(wish['advanceSeconds']) * 1_000;
      store.save();
      return { now: now() };
    },
    answerFault(response, fault) {
      const wait = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      const status = Number(fault.fault);
      if (status === 429) return sendRefusal(response, new GoogleRefusal(429, fault.reason ?? 'rateLimitExceeded', 'Too many requests have been sent recently.', { domain: 'usageLimits' }), wait);
      if (status === 403) return sendRefusal(response, new GoogleRefusal(403, fault.reason ?? 'forbidden', 'Forbidden'), wait);
      if (status === 400) return sendRefusal(response, new GoogleRefusal(400, fault.reason ?? 'badRequest', 'Bad Request'));
      sendRefusal(response, new GoogleRefusal(status, fault.reason ?? 'backendError', 'Backend Error'), wait);
    },
    async handle(request, response, url) {
      if (url.pathname.startsWith('/_') && request.method === 'POST') {
        try {
          const wish = JSON.parse((await readBody(request)).toString('utf8'));
          if (url.pathname === '/_settings') return sendJson(response, 200, set(wish));
          if (url.pathname === '/_person') return sendJson(response, 200, person(wish));
        } catch (error) {
          return sendJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
        }
      }
      if (url.pathname === '/o/oauth2/v2/auth') return request.method === 'POST' ? consent.answer(request, response) : consent.ask(url, response);
      if (url.pathname === '/watch' && request.method === 'GET') return watch(url.searchParams.get('v') ?? '', response);
      if (url.pathname === '/token' && request.method === 'POST') return consent.token(request, response);
      if (url.pathname === '/revoke' && request.method === 'POST') return consent.revoke(request, response, url);
      try {
        const route = routes.find((candidate) => candidate.method === request.method && candidate.path === url.pathname);
        if (route === undefined) throw new GoogleRefusal(404, 'notFound', 'Not Found', { unexpected: true });
        const access = consent.accessOf(request.headers.authorization);
        if (access === null) throw new GoogleRefusal(401, 'authError', 'Invalid Credentials', { location: 'Authorization', locationType: 'header' });
        if (!route.scopes.some((scope) => access.scopes.includes(scope))) throw new GoogleRefusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
        judge(route, url.searchParams);
        if (route.units > 0) quota.spend(route.units);
        await route.run({ request, response, query: url.searchParams, channelId: access.channelId });
      } catch (error) {
        request.resume();
        if (response.headersSent || !(error instanceof GoogleRefusal)) throw error;
        sendRefusal(response, error);
      }
    },
  });
  return { ...standIn, store, consent, quota, channels, person, set };
}
