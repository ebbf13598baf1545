import type { youtube_v3 } from 'googleapis/build/src/apis/youtube/index.js';
import type { YouTubeSnippet } from '#domain/youtubeVideo.ts';
import { createResumableUpload, type ResumableSource, type ResumableState } from './resumableUpload.ts';
import type { createYouTubeConnection } from './youtubeConnection.ts';
import { YouTubeError } from './youtubeError.ts';
import { toSnippetBody, toYouTubeVideo, VIDEO_PARTS, type YouTubeVideo } from './youtubeVideo.ts';

export interface NewYouTubeVideo {
  readonly snippet: YouTubeSnippet;
  readonly mimeType: string;
  readonly sizeBytes: number;
}

/** Resumable uploads of videos. The library has none: sessions are spoken here, with its tokens. */
export function createYouTubeUploads({ oauth, read, change }: Pick<ReturnType<typeof createYouTubeConnection>, 'oauth' | 'read' | 'change'>, apiUrl: string) {
  const upload = createResumableUpload<YouTubeVideo>({
    service: 'YouTube',
    // Only with its last byte there is a video.
    put: (request, isEnd, abortSignal) =>
      (isEnd ? change : read)(({ signal, retry }) => oauth.request<unknown>({ signal, retry, ...request }), abortSignal).catch((error: unknown) => {
        if (error instanceof YouTubeError && (error.kind === 'missing' || error.kind === 'gone')) throw new YouTubeError('gone', `The upload’s session is no more: ${error.message}`, { status: error.status, reason: error.reason });
        throw error;
      }),
    madeOf: (data) => toYouTubeVideo(data as youtube_v3.Schema$Video),
    fail: (kind, message, status) => new YouTubeError(kind, message, { status: status ?? null }),
  });

  return {
    /**
     * Begins an upload, unlisted and without a word to subscribers. It takes an insertion of the day’s; without a byte there is no video yet.
     * @returns the address of its session. Keep it before the first byte is sent; nobody else may know it.
     */
    async begin({ snippet, mimeType, sizeBytes }: NewYouTubeVideo, abortSignal?: AbortSignal): Promise<string> {
      const url = new URL('/upload/youtube/v3/videos', apiUrl);
      url.search = new URLSearchParams({ uploadType: 'resumable', part: VIDEO_PARTS.join(','), notifySubscribers: 'false' }).toString();
      const answer = await read(
        ({ signal, retry }) =>
          oauth.request<unknown>({
            signal,
            retry,
            url: url.href,
            method: 'POST',
            headers: { 'x-upload-content-type': mimeType, 'x-upload-content-length': String(sizeBytes) },
            data: { snippet: toSnippetBody(snippet), status: { privacyStatus: 'unlisted', embeddable: true } },
          }),
        abortSignal,
      );
      const session = answer.headers.get('location');
      if (session === null) throw new YouTubeError('unavailable', 'YouTube gave no session for an upload', { status: answer.status });
      return session;
    },

    /**
     * How far an upload is: its video, once it is whole.
     * @throws {YouTubeError} kind `gone` when there is no such session any more; there may be a video of it nevertheless.
     */
    ask: (session: string, sizeBytes: number, abortSignal?: AbortSignal): Promise<ResumableState<YouTubeVideo>> => upload.ask(session, sizeBytes, abortSignal),

    /**
     * Asks how far an upload is and sends what YouTube does not have yet.
     * @throws {YouTubeError} kind `gone` when there is no such session any more: look for the video before you begin another. After any other, the same call goes on.
     */
    send: (session: string, source: ResumableSource, abortSignal?: AbortSignal): Promise<YouTubeVideo> => upload.send(session, source, abortSignal),
  };
}
