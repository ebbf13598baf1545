import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Command, type CommandResult, killGroup } from './runToEnd.ts';

export type ToLauncher = { readonly kind: 'run'; readonly id: number; readonly command: Command } | { readonly kind: 'abort'; readonly id: number };

export type FromLauncher =
  | { readonly kind: 'begun'; readonly id: number; readonly pid: number }
  | { readonly kind: 'said'; readonly id: number; readonly text: string }
  | { readonly kind: 'ended'; readonly id: number; readonly result: CommandResult }
  | { readonly kind: 'failed'; readonly id: number; readonly error: Pick<NodeJS.ErrnoException, 'message' | 'code' | 'errno' | 'syscall' | 'path'> };

interface Waiting {
  resolve(result: CommandResult): void;
  reject(error: Error): void;
  readonly told: Told;
  pid?: number;
}

/** What whoever asked hears of a command while it runs. */
export interface Told {
  readonly begun?: (pid: number) => void;
  /** Output of a command that is told, as it comes. */
  readonly said?: (text: string) => void;
}

/**
 * Starts commands in a small process beside this one. Forking copies the page tables of the whole process, which a worker
 * of some hundred megabytes pays with tens of milliseconds in which nothing else of it runs, for each command of a publish
 * (decision 0024). The small process starts with the first command and ends with this one, however that ends, and takes
 * what still runs with it. When it dies itself, the next command starts another.
 */
export function createLauncher() {
  let current: { readonly child: ChildProcess; readonly waiting: Map<number, Waiting> } | undefined;
  let nextId = 0;

  function launcherProcess(): NonNullable<typeof current> {
    if (current !== undefined) return current;
    const child = fork(fileURLToPath(new URL('launcherProcess.ts', import.meta.url)), {
      execArgv: ['--import', createRequire(import.meta.url).resolve('tsx')],
      env: {},
      // Its own group: a Ctrl-C at the terminal is for whoever asked.
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const started = { child, waiting: new Map<number, Waiting>() };
    current = started;
    const lost = (cause?: Error): void => {
      if (current === started) current = undefined;
      for (const waiting of started.waiting.values()) {
        if (waiting.pid !== undefined) killGroup(waiting.pid);
        waiting.reject(new Error('The process that starts commands ended, and the command with it', { cause }));
      }
      started.waiting.clear();
      keepAlive(started);
    };
    child.on('message', (message: FromLauncher) => received(started, message));
    child.once('error', lost);
    child.once('exit', () => lost());
    return started;
  }

  /** A process that has no more to do may end, whether or not it ever ran a command. */
  function keepAlive({ child, waiting }: NonNullable<typeof current>): void {
    if (waiting.size > 0) {
      child.ref();
      child.channel?.ref();
    } else {
      child.unref();
      child.channel?.unref();
    }
  }

  function received(from: NonNullable<typeof current>, message: FromLauncher): void {
    const waiting = from.waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'begun') {
      waiting.pid = message.pid;
      waiting.told.begun?.(message.pid);
      return;
    }
    if (message.kind === 'said') return waiting.told.said?.(message.text);
    from.waiting.delete(message.id);
    keepAlive(from);
    if (message.kind === 'ended') waiting.resolve(message.result);
    else waiting.reject(Object.assign(new Error(message.error.message), message.error));
  }

  return {
    /**
     * Runs a command to its end in the launcher's process.
     * @throws the spawn error (ENOENT, EACCES …), or that the launcher was lost. An aborted command is a result: it was killed.
     */
    async run(command: Command, abortSignal?: AbortSignal, told: Told = {}): Promise<CommandResult> {
      const id = nextId++;
      const via = launcherProcess();
      const send = (message: ToLauncher): void => {
        // Where the channel is gone, so is the process, which its exit tells.
        if (via.child.connected) via.child.send(message, () => undefined);
      };
      const abort = (): void => send({ kind: 'abort', id });
      try {
        return await new Promise<CommandResult>((resolve, reject) => {
          via.waiting.set(id, { resolve, reject, told });
          keepAlive(via);
          send({ kind: 'run', id, command });
          abortSignal?.addEventListener('abort', abort);
        });
      } finally {
        abortSignal?.removeEventListener('abort', abort);
      }
    },

    /** The process that runs, if one does. */
    pid: (): number | undefined => current?.child.pid,
  };
}
