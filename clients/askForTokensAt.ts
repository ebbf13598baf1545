import type { auth } from 'googleapis/build/src/apis/drive/index.js';

/** The address the library posts to for every token; it is no option of all its clients. */
const VENDORS_TOKEN_URL = 'https://oauth2.googleapis.com/token';

/** Has a client of Google’s library ask for its tokens at our address, once and within a bound of time: it neither ends that in time nor leaves it to us how often it is made. */
export function askForTokensAt(client: Pick<InstanceType<typeof auth.OAuth2>, 'transporter'>, tokenUrl: string, answerMs: number): void {
  client.transporter.interceptors.request.add({
    resolved: (request) => {
      if (request.url.href === VENDORS_TOKEN_URL) {
        request.url = new URL(tokenUrl);
        request.signal = AbortSignal.timeout(answerMs);
        request.retryConfig = { retry: 0, noResponseRetries: 0 };
      }
      return Promise.resolve(request);
    },
  });
}
