/**
 * What the studio knows about its event stream, as a state machine without a clock or a socket.
 * A stream can fail openly (an error) or silently (a proxy that swallows events); both end in `paused`, where the
 * studio asks every few seconds instead and says so.
 */
export interface StreamState {
  readonly status: 'connecting' | 'live' | 'paused';
  /** Since when it is in this status, milliseconds. */
  readonly since: number;
  /** When an event was heard last. */
  readonly heardAt: number | null;
  /** When a look at the server found a change that no event had told of. */
  readonly suspectSince: number | null;
  /** After silence an open connection proves nothing: only an event makes it live again. */
  readonly needsProof: boolean;
}

export type StreamEvent =
  | { readonly kind: 'begun' | 'opened' | 'failed' | 'heard' | 'changeFound' | 'timePassed'; readonly at: number };

/** A stream that is cut is usually back at once; nobody is told before this, milliseconds. */
export const GRACE_MS = 4_000;
/** An event may come a little after the look that found its change, milliseconds. */
export const SUSPICION_MS = 3_000;
/** How often the server is asked while the stream is paused, and while it is live, milliseconds. */
export const POLL_MS = { paused: 5_000, live: 20_000 } as const;

/** A stream before its first connection. */
export function newStream(at: number): StreamState {
  return { status: 'connecting', since: at, heardAt: null, suspectSince: null, needsProof: false };
}

/** The state after an event; the same object when nothing changed. */
export function nextStream(state: StreamState, event: StreamEvent): StreamState {
  const { at } = event;
  switch (event.kind) {
    case 'begun':
      return state.needsProof ? state : { ...newStream(at), heardAt: state.heardAt };
    case 'opened':
      return state.needsProof || state.status === 'live' ? state : { ...state, status: 'live', since: at, suspectSince: null };
    case 'failed':
      return state.status === 'live' ? { ...state, status: 'connecting', since: at, suspectSince: null } : state;
    case 'heard':
      return { ...state, status: 'live', since: state.status === 'live' ? state.since : at, heardAt: at, suspectSince: null, needsProof: false };
    case 'changeFound':
      if (state.status !== 'live' || state.suspectSince !== null) return state;
      return state.heardAt !== null && at - state.heardAt < SUSPICION_MS ? state : { ...state, suspectSince: at };
    case 'timePassed':
      if (state.status === 'connecting' && at - state.since >= GRACE_MS) return { ...state, status: 'paused', since: at };
      if (state.suspectSince !== null && at - state.suspectSince >= SUSPICION_MS) return { ...state, status: 'paused', since: at, suspectSince: null, needsProof: true };
      return state;
  }
}
