/** How far an upload is: what was made of it once it is whole. */
export type ResumableState<T> = { readonly isWhole: true; readonly made: T } | { readonly isWhole: false; readonly offset: number };

/** What is sent to a session: a part, or with no bytes the question how far it is. */
export interface ResumablePut {
  readonly url: string;
  readonly method: 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: Buffer;
  readonly redirect: 'manual';
  readonly validateStatus: (status: number) => boolean;
}

export interface ResumableOptions<T> {
  /** Sends it; `isEnd` tells that with it the upload may be whole. Throws for every answer but 200, 201 and 308. */
  readonly put: (request: ResumablePut, isEnd: boolean, abortSignal?: AbortSignal) => Promise<{ readonly status: number; readonly headers: Headers; readonly data: unknown }>;
  readonly madeOf: (data: unknown) => T;
  /** `unavailable`: the same call may be made again. `refused`: the bytes are not those that were announced. */
  readonly fail: (kind: 'unavailable' | 'refused', message: string, status?: number) => Error;
  readonly service: string;
}

export interface ResumableSource {
  readonly sizeBytes: number;
  /** The bytes from an offset on. */
  readonly open: (start: number) => AsyncIterable<Buffer>;
  /** Hears how far it is. */
  readonly onOffset?: (offset: number) => void;
}

/** Parts are multiples of 256 KiB; one is kept in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;

/** Google’s resumable uploads, whose sessions its library does not speak. */
export function createResumableUpload<T>({ put, madeOf, fail, service }: ResumableOptions<T>) {
  async function send(session: string, contentRange: string, data: Buffer | undefined, isEnd: boolean, abortSignal?: AbortSignal): Promise<ResumableState<T>> {
    const answer = await put(
      {
        url: session,
        method: 'PUT',
        headers: { 'content-range': contentRange, 'content-length': String(data?.length ?? 0) },
        ...(data === undefined ? {} : { data }),
        // 308 is how far it is, and leads nowhere.
        redirect: 'manual',
        validateStatus: (status) => status === 200 || status === 201 || status === 308,
      },
      isEnd,
      abortSignal,
    );
    if (answer.status !== 308) return { isWhole: true, made: madeOf(answer.data) };
    const range = answer.headers.get('range');
    if (range === null) return { isWhole: false, offset: 0 };
    const last = /^bytes=0-(\d+)$/.exec(range)?.[1];
    if (last === undefined) throw fail('unavailable', `${service} does not say how far the upload is: ${range}`, 308);
    return { isWhole: false, offset: Number(last) + 1 };
  }

  /** How far an upload is. */
  const ask = (session: string, sizeBytes: number, abortSignal?: AbortSignal): Promise<ResumableState<T>> => send(session, `bytes */${sizeBytes}`, undefined, sizeBytes === 0, abortSignal);

  /** Sends part after part until the end, or until Google has less than it was sent. */
  async function sendFrom(session: string, from: number, { sizeBytes, open, onOffset }: ResumableSource, abortSignal?: AbortSignal): Promise<ResumableState<T>> {
    let offset = from;
    for await (const part of partsOf(open(from))) {
      const end = offset + part.length;
      if (end > sizeBytes) throw fail('refused', `The file has more than the ${sizeBytes} bytes that were announced`);
      if (end < sizeBytes && part.length < PART_BYTES) throw fail('refused', `The file has ${end} bytes, and ${sizeBytes} were announced`);
      const state = await send(session, `bytes ${offset}-${end - 1}/${sizeBytes}`, part, end === sizeBytes, abortSignal);
      if (state.isWhole || state.offset !== end) return state;
      offset = end;
      onOffset?.(offset);
    }
    // Not one byte more came: the end of an empty file, or of one that is shorter than it was announced.
    if (offset < sizeBytes) throw fail('refused', `The file has ${offset} bytes, and ${sizeBytes} were announced`);
    return ask(session, sizeBytes, abortSignal);
  }

  return {
    ask,

    /** Sends what Google does not have yet, from wherever an earlier call came to; it asks for that first. */
    async send(session: string, source: ResumableSource, abortSignal?: AbortSignal): Promise<T> {
      let state = await ask(session, source.sizeBytes, abortSignal);
      while (!state.isWhole) {
        const from = state.offset;
        source.onOffset?.(from);
        state = await sendFrom(session, from, source, abortSignal);
        if (!state.isWhole && state.offset <= from) throw fail('unavailable', `${service} took nothing of the upload behind ${from} bytes`);
      }
      return state.made;
    },
  };
}

/** The same bytes in parts of one size; the last one may be smaller. */
async function* partsOf(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, PART_BYTES - size);
      held.push(taken);
      size += taken.length;
      rest = rest.subarray(taken.length);
      if (size === PART_BYTES) {
        yield Buffer.concat(held);
        held = [];
        size = 0;
      }
    }
  }
  if (size > 0) yield Buffer.concat(held);
}
