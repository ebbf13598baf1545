// @ts-check
/**
 * What is to be done at which time of a clock that can be put forward.
 */

/** setTimeout takes no longer time. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * @param {object} options
 * @param {() => number} options.now epoch milliseconds
 * @param {(error: unknown) => void} options.onError
 */
export function createSchedule({ now, onError }) {
  /** @type {{ at: number, order: number, work: () => void | Promise<void> }[]} */
  let waiting = [];
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let order = 0;
  let isClosed = false;

  /** Does what is due, and waits for the next. What is done may put more on the list. */
  function wake() {
    clearTimeout(timer);
    if (isClosed) return;
    for (;;) {
      waiting.sort((a, b) => a.at - b.at || a.order - b.order);
      const [first] = waiting;
      if (first === undefined) return;
      if (first.at > now()) break;
      waiting.shift();
      void Promise.resolve().then(first.work).catch(onError);
    }
    timer = setTimeout(wake, Math.min(MAX_TIMER_MS, Math.max(1, (waiting[0]?.at ?? 0) - now())));
    timer.unref();
  }

  return {
    wake,

    /** @param {number} at epoch milliseconds @param {() => void | Promise<void>} work */
    at(at, work) {
      order += 1;
      waiting.push({ at, order, work });
      wake();
    },

    close() {
      isClosed = true;
      waiting = [];
      clearTimeout(timer);
    },
  };
}
