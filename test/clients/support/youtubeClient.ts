import { createYouTube, type YouTube, YouTubeError } from '#clients/youtube.ts';
import type { YouTubeSnippet } from '#domain/youtubeVideo.ts';
import { makeConfig } from '#test/factories/config.ts';
import type { YoutubeWorld } from '#test/factories/youtube.ts';

/** The studio’s client of a YouTube on this machine. */
export const youtubeClient = (world: YoutubeWorld, env: Readonly<Record<string, string>> = {}, patience?: Parameters<typeof createYouTube>[1]): YouTube => createYouTube(makeConfig({ ...world.env, ...env }), patience);

/** What a call failed with. */
export async function errorOf(work: Promise<unknown>): Promise<YouTubeError> {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof YouTubeError) return error;
  throw error;
}

/** How often it was asked something. */
export const timesAsked = (world: YoutubeWorld, pattern: RegExp): number => world.journal.filter((entry) => pattern.test(`${entry.method} ${entry.path}`)).length;

export const snippetOf = (title: string, description = ''): YouTubeSnippet => ({ title, description, tags: ['a', 'b c'], categoryId: '27', defaultLanguage: 'en', defaultAudioLanguage: null });

/** Bytes as somebody reads them from S3, from an offset on. */
export const reading = (bytes: Buffer) =>
  async function* read(start: number) {
    for (let at = start; at < bytes.length; at += 700_000) yield Promise.resolve(bytes.subarray(at, Math.min(bytes.length, at + 700_000)));
  };

/** Uploads a small video and tells its id. */
export async function uploadVideo(client: YouTube, title: string, description = ''): Promise<string> {
  const bytes = Buffer.from(`bytes of ${title}`);
  const session = await client.uploads.begin({ snippet: snippetOf(title, description), mimeType: 'video/mp4', sizeBytes: bytes.length });
  return (await client.uploads.send(session, { sizeBytes: bytes.length, open: reading(bytes) })).id;
}
