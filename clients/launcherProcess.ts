// The process that starts commands for a larger one: see launcher.ts. It holds nothing, so that a fork of it is cheap.
import type { FromLauncher, ToLauncher } from './launcher.ts';
import { runToEnd } from './runToEnd.ts';

/** What ends each command that runs, by its id. */
const running = new Map<number, AbortController>();

function answer(message: FromLauncher): void {
  // Who asked may be gone already; what then follows is `disconnect`.
  if (process.connected) process.send?.(message, () => undefined);
}

async function run({ id, command }: Extract<ToLauncher, { kind: 'run' }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const result = await runToEnd(command, {
      abortSignal: controller.signal,
      begun: (pid) => answer({ kind: 'begun', id, pid }),
      said: (text) => answer({ kind: 'said', id, text }),
    });
    answer({ kind: 'ended', id, result });
  } catch (error) {
    const { message, code, errno, syscall, path } = error as NodeJS.ErrnoException;
    answer({ kind: 'failed', id, error: { message, code, errno, syscall, path } });
  } finally {
    running.delete(id);
  }
}

process.on('message', (message: ToLauncher) => {
  if (message.kind === 'run') void run(message);
  else running.get(message.id)?.abort();
});
// Whoever asked ends this process by its own end. A signal to a whole service would otherwise take the commands away
// from work that is being ended in order.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
  process.exit(0);
});
