import { compareIds, readCents, THREEPLAY_FORMATS, type ThreePlayFormat, type TurnaroundLevel, UPDATED_LABEL } from '#domain/threePlay.ts';
import { boundedFetch, FetchError } from './boundedFetch.ts';

/**
 * `limited` and `unavailable`: nothing was done, try again. `uncertain`: it may have been done, and paid for; look before it is asked for
 * again. `exists`: the file has such an order already. `missing`: there is no such thing. `refused`: it will not be done.
 */
export type ThreePlayErrorKind = 'unavailable' | 'limited' | 'uncertain' | 'exists' | 'missing' | 'refused';

/** 3Play Media did not do what it was asked. */
export class ThreePlayError extends Error {
  override readonly name = 'ThreePlayError';
  readonly kind: ThreePlayErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: ThreePlayErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ThreePlayConfig {
  readonly threePlayApiUrl: string;
  readonly threePlayStaticUrl: string;
  readonly threePlayApiKey: string | undefined;
  readonly threePlayProjectId: string;
}

/** A video as 3Play knows it: what orders are placed on. */
export interface ThreePlayMedia {
  readonly id: string;
  /** Ours: the id at YouTube. */
  readonly referenceId: string | null;
  readonly labels: readonly string[];
  /** Milliseconds; null until 3Play has fetched the video. */
  readonly durationMs: number | null;
}

/** What came of an order. */
export interface ThreePlayTranscript {
  readonly id: string;
  readonly mediaId: string;
  readonly referenceId: string | null;
  /** 3Play’s word: `in_progress`, `complete` or `cancelled`. */
  readonly status: string;
  readonly isCancellable: boolean;
  readonly durationMs: number | null;
  /** Why it was cancelled; null where it was not, or nobody says. */
  readonly cancellationReason: string | null;
}

/** An order that waits for somebody’s yes at 3Play’s own pages. */
export interface ThreePlayApproval {
  readonly id: string;
  readonly transcriptId: string | null;
  readonly mediaId: string | null;
  /** US cents; null where it is not said. */
  readonly priceCents: number | null;
}

export interface NewThreePlayMedia {
  /** Where 3Play fetches the video. */
  readonly sourceUrl: string;
  readonly referenceId: string;
  readonly name: string;
  readonly folderId: string;
  /** The id of our video, for people who look at 3Play’s own pages: its answers do not show it, so what a search by it finds cannot be checked. */
  readonly marker: string;
}

/** How long an answer may take. */
const ANSWER_MS = 30_000;
/** An order takes ten seconds as a rule, and a minute when much is going on. */
const ORDER_ANSWER_MS = 90_000;
const DOWNLOAD_MS = 120_000;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DOWNLOAD_BYTES = 64 * 1024 * 1024;
const PER_PAGE = 100;
const MAX_PAGES = 100;
const MAX_NAME = 300;
/** Their limit is one of a minute. */
const MINUTE_MS = 60_000;
const ENGLISH = '1';

type Fields = Readonly<Record<string, string>>;
type Json = Readonly<Record<string, unknown>>;
interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly fields?: Fields;
  readonly timeoutMs?: number;
  readonly abortSignal?: AbortSignal | undefined;
}

export type ThreePlay = ReturnType<typeof createThreePlay>;

/** 3Play Media’s API, version 3: folders, videos, orders and what comes of them. Each call is one attempt. */
export function createThreePlay(config: ThreePlayConfig) {
  const { threePlayApiKey: key } = config;

  async function ask(path: string, { method = 'GET', fields = {}, timeoutMs = ANSWER_MS, abortSignal }: Call): Promise<Json> {
    if (key === undefined) throw new ThreePlayError('refused', '3Play Media is not set up: set THREEPLAY_API_KEY', null);
    const doubtful = method === 'GET' ? 'unavailable' : 'uncertain';
    const form = new URLSearchParams({ ...fields, api_key: key });
    const { status, headers, text } = await sent(`${config.threePlayApiUrl}/v3${path}${method === 'GET' ? `?${form.toString()}` : ''}`, { method, ...(method === 'GET' ? {} : { body: form }), timeoutMs, maxBytes: MAX_BYTES, abortSignal }, doubtful);
    const body = parsed(text);
    const error = recordOf(body?.['error']);
    if (status >= 200 && status < 300 && error === null) {
      if (body !== null) return body;
      throw new ThreePlayError(doubtful, '3Play answered what nobody can read', status);
    }
    const said = (textOf(error, 'message') ?? '').slice(0, 500);
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    throw failureOf(status < 300 ? numberOf(body, 'code') ?? 400 : status, said, Number.isFinite(seconds) ? seconds * 1_000 : null, doubtful);
  }

  /** All of a list, page by page. */
  async function all(path: string, fields: Fields, abortSignal: AbortSignal | undefined): Promise<Json[]> {
    const found: Json[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const answer = await ask(path, { fields: { ...fields, page: String(page), per_page: String(PER_PAGE) }, abortSignal });
      const items = recordsOf(answer['data']);
      found.push(...items);
      const total = numberOf(recordOf(answer['pagination']), 'total_entries');
      if (items.length === 0 || (total === null ? items.length < PER_PAGE : found.length >= total)) return found;
    }
    throw new ThreePlayError('refused', `3Play has more than ${MAX_PAGES * PER_PAGE} entries at ${path}, so they were not all read`, null);
  }

  return {
    /** Whether captions are ordered at all. */
    isConfigured: key !== undefined,

    /** The turnaround levels of the account, with what a minute costs where it says so. @throws {ThreePlayError} */
    async turnaroundLevels(abortSignal?: AbortSignal): Promise<TurnaroundLevel[]> {
      const answer = await ask('/turnaround_levels', { fields: { prices: 'true' }, abortSignal });
      return recordsOf(answer['data']).flatMap((level) => {
        const id = idOf(level, 'id');
        return id === null ? [] : [{ id, name: textOf(level, 'name') ?? id, centsPerMinute: readCents(level['price'] ?? level['price_rate']) }];
      });
    },

    /** The id of the folder with exactly this name, the oldest of several; null where there is none. @throws {ThreePlayError} */
    async findFolder(name: string, abortSignal?: AbortSignal): Promise<string | null> {
      const folders = (await all('/batches/', { name }, abortSignal)).filter((folder) => textOf(folder, 'name') === name);
      return folders.flatMap((folder) => idOf(folder, 'id') ?? []).sort(compareIds)[0] ?? null;
    },

    /** Makes a folder. A second call makes a second one of the same name. @throws {ThreePlayError} */
    async createFolder(name: string, abortSignal?: AbortSignal): Promise<string> {
      return madeId(await ask('/batches/', { method: 'POST', fields: { name }, abortSignal }), 'a folder');
    },

    /** The videos with this reference id, newest first. @throws {ThreePlayError} */
    async findMedia(referenceId: string, abortSignal?: AbortSignal): Promise<ThreePlayMedia[]> {
      const found = (await all('/files/', { reference_id: referenceId }, abortSignal)).flatMap(readMedia);
      return found.filter((media) => media.referenceId === referenceId).sort((a, b) => compareIds(b.id, a.id));
    },

    /** A video by its id. @throws {ThreePlayError} `missing` when there is none. */
    async media(mediaId: string, abortSignal?: AbortSignal): Promise<ThreePlayMedia> {
      const [media] = readMedia(recordOf((await ask(`/files/${encodeURIComponent(mediaId)}`, { abortSignal }))['data']));
      if (media === undefined) throw new ThreePlayError('unavailable', `3Play showed nothing of file ${mediaId}`, null);
      return media;
    },

    /** Makes a video known, in English; that costs nothing. A second call makes a second one. @throws {ThreePlayError} */
    async createMedia(media: NewThreePlayMedia, abortSignal?: AbortSignal): Promise<string> {
      const fields = { source_url: media.sourceUrl, reference_id: media.referenceId, name: cut(media.name, MAX_NAME), batch_id: media.folderId, language_id: ENGLISH, attribute1: media.marker };
      return madeId(await ask('/files/', { method: 'POST', fields, abortSignal }), 'a file');
    },

    /** What was ordered for videos with this reference id, newest first. @throws {ThreePlayError} */
    async findTranscripts(referenceId: string, abortSignal?: AbortSignal): Promise<ThreePlayTranscript[]> {
      const found = (await all('/transcripts/', { media_file_reference_id: referenceId }, abortSignal)).flatMap(readTranscript);
      return found.filter((transcript) => transcript.referenceId === null || transcript.referenceId === referenceId).sort((a, b) => compareIds(b.id, a.id));
    },

    /** What became of an order. @throws {ThreePlayError} `missing` when there is none. */
    async transcript(transcriptId: string, abortSignal?: AbortSignal): Promise<ThreePlayTranscript> {
      const [transcript] = readTranscript(recordOf((await ask(`/transcripts/${encodeURIComponent(transcriptId)}`, { abortSignal }))['data']));
      if (transcript === undefined) throw new ThreePlayError('unavailable', `3Play showed nothing of transcript ${transcriptId}`, null);
      return transcript;
    },

    /**
     * Orders captions. This costs money, and nothing makes two calls one: who doubts looks with `findTranscripts` first.
     * @throws {ThreePlayError} `uncertain` when it may have been ordered; `exists` when the video has such an order already.
     */
    async order(order: { readonly mediaId: string; readonly levelId: string; readonly callbackUrl: string | null }, abortSignal?: AbortSignal): Promise<ThreePlayTranscript> {
      const fields = { media_file_id: order.mediaId, turnaround_level_id: order.levelId, ...(order.callbackUrl === null ? {} : { callback: order.callbackUrl }) };
      const answer = await ask('/transcripts/order/transcription', { method: 'POST', fields, timeoutMs: ORDER_ANSWER_MS, abortSignal });
      const [transcript] = readTranscript(recordOf(answer['data']));
      if (transcript === undefined) throw new ThreePlayError('uncertain', '3Play took an order and gave no id for it', null);
      return transcript;
    },

    /**
     * Takes an order back, which 3Play lets one do for a while only.
     * @throws {ThreePlayError} `refused` when it does not any more.
     */
    async cancel(transcriptId: string, abortSignal?: AbortSignal): Promise<void> {
      await ask(`/transcripts/${encodeURIComponent(transcriptId)}/cancel`, { method: 'PATCH', abortSignal });
    },

    /** The orders that wait for somebody’s yes at 3Play’s own pages. @throws {ThreePlayError} */
    async approvals(abortSignal?: AbortSignal): Promise<ThreePlayApproval[]> {
      return (await all('/services/approvals', {}, abortSignal)).flatMap((service) => {
        const id = idOf(service, 'id');
        return id === null ? [] : [{ id, transcriptId: idOf(service, 'transcript_id'), mediaId: idOf(service, 'media_file_id'), priceCents: readCents(service['total_price']) }];
      });
    },

    /** The videos whose captions somebody corrected, until `clearUpdatedLabel`. @throws {ThreePlayError} */
    async updatedMedia(abortSignal?: AbortSignal): Promise<ThreePlayMedia[]> {
      return (await all('/files/', { label: UPDATED_LABEL }, abortSignal)).flatMap(readMedia).filter(({ labels }) => labels.includes(UPDATED_LABEL));
    },

    /** Takes that label off a video, and leaves its others. @throws {ThreePlayError} */
    async clearUpdatedLabel(media: Pick<ThreePlayMedia, 'id' | 'labels'>, abortSignal?: AbortSignal): Promise<void> {
      await ask(`/files/${encodeURIComponent(media.id)}`, { method: 'PATCH', fields: { label: media.labels.filter((label) => label !== UPDATED_LABEL).join(',') }, abortSignal });
    },

    /** Fetches what came of an order in one format; null where there is none (yet). @throws {ThreePlayError} */
    async download(transcript: Pick<ThreePlayTranscript, 'id' | 'mediaId'>, format: ThreePlayFormat, abortSignal?: AbortSignal): Promise<Uint8Array | null> {
      const query = new URLSearchParams({ project_id: config.threePlayProjectId, format_id: String(THREEPLAY_FORMATS[format]) });
      const address = `${config.threePlayStaticUrl}/p/files/${encodeURIComponent(transcript.mediaId)}/threeplay_transcripts/${encodeURIComponent(transcript.id)}?${query.toString()}`;
      const { status, bytes, text } = await sent(address, { timeoutMs: DOWNLOAD_MS, maxBytes: MAX_DOWNLOAD_BYTES, abortSignal }, 'unavailable');
      if (status === 404) return null;
      if (status !== 200) throw failureOf(status, '', null, 'unavailable');
      // What is missing is told with 200, and would be stored as somebody’s captions.
      const told = text.startsWith('{') ? parsed(text) : null;
      if (told !== null && 'is_error' in told) {
        const words = textOf(told, 'error_description') ?? '';
        if (/not found/i.test(words)) return null;
        throw new ThreePlayError('unavailable', words === '' ? '3Play could not make the file' : `3Play could not make the file: ${words}`, status);
      }
      const isWhole = format === 'pdf' ? text.startsWith('%PDF-') : /^\uFEFF?WEBVTT/.test(text);
      if (!isWhole) throw new ThreePlayError('unavailable', `3Play answered something else than a file of the format ${format}`, status);
      return bytes;
    },
  };
}

async function sent(address: string, options: { method?: 'GET' | 'POST' | 'PATCH'; body?: URLSearchParams; timeoutMs: number; maxBytes: number; abortSignal: AbortSignal | undefined }, doubtful: 'uncertain' | 'unavailable') {
  try {
    return await boundedFetch(address, { ...options, headers: { accept: 'application/json, */*' }, takesErrors: true });
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    if (error.kind === 'notSent') throw new ThreePlayError('unavailable', '3Play cannot be reached', null);
    throw new ThreePlayError(doubtful, `3Play did not answer: ${error.message}`, null);
  }
}

function failureOf(status: number, said: string, retryAfterMs: number | null, doubtful: 'uncertain' | 'unavailable'): ThreePlayError {
  const words = said === '' ? `3Play answered ${status}` : `${said} (${status})`;
  if (status === 429) return new ThreePlayError('limited', words, status, retryAfterMs ?? MINUTE_MS);
  // It may have done its work before it failed, and so may the server behind a gateway.
  if (status === 408 || status >= 500) return new ThreePlayError(doubtful, words, status, retryAfterMs);
  if (status === 404) return new ThreePlayError('missing', words, status);
  if (/already/i.test(said) && /in progress|exist|ordered|transcript/i.test(said)) return new ThreePlayError('exists', words, status);
  return new ThreePlayError('refused', words, status);
}

function madeId(answer: Json, what: string): string {
  const id = idOf(recordOf(answer['data']), 'id');
  if (id === null) throw new ThreePlayError('uncertain', `3Play took ${what} and gave no id for it`, null);
  return id;
}

function readMedia(media: Json | null): ThreePlayMedia[] {
  const id = idOf(media, 'id');
  if (id === null) return [];
  const labels = Array.isArray(media?.['labels']) ? (media['labels'] as unknown[]).filter((label) => typeof label === 'string') : [];
  return [{ id, referenceId: textOf(media, 'reference_id'), labels, durationMs: durationOf(media) }];
}

function readTranscript(transcript: Json | null): ThreePlayTranscript[] {
  const [id, mediaId] = [idOf(transcript, 'id'), idOf(transcript, 'media_file_id')];
  if (id === null || mediaId === null) return [];
  const isCancellable = transcript?.['cancellable'] === true || transcript?.['cancellable'] === 'true';
  const reasons = [textOf(transcript, 'cancellation_reason'), textOf(transcript, 'cancellation_details')].filter((reason) => reason !== null);
  return [{ id, mediaId, referenceId: textOf(transcript, 'reference_id'), status: textOf(transcript, 'status') ?? '', isCancellable, durationMs: durationOf(transcript), cancellationReason: reasons.length === 0 ? null : reasons.join(': ') }];
}

function durationOf(record: Json | null): number | null {
  const seconds = numberOf(record, 'duration');
  return seconds === null || seconds <= 0 ? null : Math.round(seconds * 1_000);
}

function parsed(text: string): Json | null {
  try {
    return recordOf(JSON.parse(text) as unknown);
  } catch {
    // A page of a gateway: its status says what there is to say.
    return null;
  }
}

function recordOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function recordsOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as unknown[]).map(recordOf).filter((item) => item !== null) : [];
}

/** An id as a text, for it is a number here and a text in callbacks. */
function idOf(record: Json | null, name: string): string | null {
  const value = record?.[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function textOf(record: Json | null, name: string): string | null {
  const value = record?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function numberOf(record: Json | null, name: string): number | null {
  const value = record?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** At most so many characters, none of them a half. */
function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : characters.slice(0, length).join('');
}
