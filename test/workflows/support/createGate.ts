import { Context } from '@temporalio/activity';

export interface Gate {
  /** Waits until the gate is open; a cancelled activity that heartbeats leaves by the SDK's CancelledFailure. */
  pass(): Promise<void>;
  open(): void;
  /** How many activities came to the gate. */
  readonly arrived: number;
}

/** Holds an activity at one point, so that a test can act while it runs; it sends heartbeats, as the real ones do. */
export function createGate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let arrived = 0;
  return {
    async pass() {
      const context = Context.current();
      arrived += 1;
      const beating = setInterval(() => context.heartbeat(), 100);
      try {
        await Promise.race([opened, context.cancelled]);
      } finally {
        clearInterval(beating);
      }
    },
    open,
    get arrived() {
      return arrived;
    },
  };
}
