import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createYoutube } from '#local/standins/youtube/createYoutube.mjs';

const CLIENT = { clientId: 'studio.apps.example', clientSecret: 'a secret', redirectUris: ['http://studio.example/api/youtube-tokens/'] };
const CHANNELS = [{ id: 'UCstudio0000000000000000', title: 'Studio Courses' }, { id: 'UCsomebody00000000000000', title: 'Somebody’s own' }];
const REFRESH_TOKEN = '1//first-consent';

/** As a test finds it, with more of everything than any test uses. */
const SETTINGS = {
  processingMs: 0,
  outcome: { uploadStatus: 'processed' },
  isAudited: true,
  indexLagMs: 0,
  maxPageSize: 50,
  uploadKeepBytes: null,
  hasAutomaticCaptions: true,
  mayHaveThumbnails: true,
  longUploadsStatus: 'allowed',
  limits: { units: 1_000_000, inserts: 1_000_000, channelUploads: 1_000_000 },
  quotaWording: 'quotaExceeded',
};

export type YoutubeWorld = Awaited<ReturnType<typeof makeYoutube>>;

/** YouTube on this machine with a consent that was given, and the environment in which a client finds it. */
export async function makeYoutube(options: { readonly now?: () => number } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'youtube-'));
  const open = () => createYoutube({ home, client: CLIENT, channels: CHANNELS, refreshToken: REFRESH_TOKEN, ...options });
  const standIn = open();
  const url = await standIn.listen();
  const control = async (wish: Record<string, unknown>): Promise<void> => {
    const answer = await fetch(`${url}/_control`, { method: 'POST', body: JSON.stringify(wish) });
    if (answer.status !== 200) throw new Error(await answer.text());
  };
  return {
    ...standIn,
    home,
    url,
    client: CLIENT,
    env: { YT_API_URL: url, YT_TOKEN_URL: `${url}/token`, YT_CLIENT_ID: CLIENT.clientId, YT_CLIENT_SECRET: CLIENT.clientSecret, YT_REFRESH_TOKEN: REFRESH_TOKEN, YT_CHANNEL_ID: CHANNELS[0]?.id ?? '' },
    control,
    /** Ends every fault, and sets everything back but its clock. */
    async reset(): Promise<void> {
      await control({ clear: true });
      standIn.set(SETTINGS);
    },
    /** Puts its clock forward. */
    advance: (seconds: number) => control({ advanceSeconds: seconds }),
    /** The same YouTube after a restart. */
    reopen: open,
    /** Its videos with a title, deleted ones among them. */
    titled: (title: string) => standIn.store.state.videos.filter(({ snippet }) => snippet.title === title),
    unexpected: () => standIn.journal.filter((entry) => entry.unexpected === true).map((entry) => `${entry.method} ${entry.path}`),
    async close(): Promise<void> {
      await standIn.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
