/** Which web app this page was loaded from, and whether the studio has another by now. */
class AppVersion {
  isOutdated = $state(false);
  /** The script that the shell of this page loads first. */
  private readonly own = document.querySelector('script[type="module"][src]')?.getAttribute('src');
  /** Requests that change something and are not answered yet. */
  private writes = 0;

  /** Notes the app that goes with an answer of the API, by the address of its first script; null where the answer does not say. */
  note(served: string | null): void {
    // Where the app is served from its source, answers name none.
    if (served !== null && this.own !== undefined) this.isOutdated = served !== this.own;
  }

  /** Counts a request until it is answered. */
  async during<T>(method: string, request: Promise<T>): Promise<T> {
    const isWrite = method !== 'GET';
    if (isWrite) this.writes += 1;
    try {
      return await request;
    } finally {
      if (isWrite) this.writes -= 1;
    }
  }

  /** Loads the newer app with the page one has just gone to; not over a request that is under way. */
  renew(): void {
    if (this.isOutdated && this.writes === 0) location.reload();
  }
}

export const appVersion = new AppVersion();
