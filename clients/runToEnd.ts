import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last `maxOutputBytes` of each stream. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** A command that can be sent from one process to another. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes?: number;
  /** Output is handed on as it comes, whole lines at a time, and not kept. */
  readonly isTold?: boolean;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
}

export type CommandInput = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Keeps the end of a stream, where the errors are. */
class Tail {
  private readonly chunks: Buffer[] = [];
  private length = 0;
  private readonly max: number;
  constructor(max: number) {
    this.max = max;
  }
  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    while (this.length - (this.chunks[0]?.length ?? 0) > this.max) this.length -= this.chunks.shift()?.length ?? 0;
  }
  toString(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

/**
 * Runs a program to its end as a child of this very process, in a process group of its own, so that a time-out or an
 * abort ends its children too. `begun` gets the number of the group, which is the program's pid; `said` gets the output of a
 * command that is told.
 * @throws the spawn error (ENOENT, EACCES …), or what the input threw; an exit code other than 0, or the SIGKILL of an
 * abort, is a result.
 */
export async function runToEnd(command: Omit<Command, 'input'> & { readonly input?: CommandInput }, options: { readonly abortSignal?: AbortSignal | undefined; readonly begun?: (pid: number) => void; readonly said?: (text: string) => void } = {}): Promise<CommandResult> {
  const child = spawn(command.file, [...command.args], {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...command.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) options.begun?.(child.pid);
  const stdout = new Tail(command.maxOutputBytes ?? 16 * 1024 * 1024);
  const stderr = new Tail(command.maxOutputBytes ?? 16 * 1024 * 1024);
  for (const [stream, tail] of [[child.stdout, stdout], [child.stderr, stderr]] as const) {
    if (command.isTold !== true) {
      stream.on('data', (chunk: Buffer) => tail.add(chunk));
      continue;
    }
    // Neither a character nor a line is told in parts: two streams end in one ear.
    const decoder = new StringDecoder('utf8');
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const text = rest + decoder.write(chunk);
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      if (end > 0) options.said?.(text.slice(0, end));
    });
    stream.on('end', () => {
      if (rest !== '') options.said?.(`${rest}\n`);
    });
  }
  let timedOut = false;
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) killGroup(child.pid);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, command.timeoutMs);
  options.abortSignal?.addEventListener('abort', kill);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // A program that ends without reading its input breaks the pipe; its exit code tells why.
  child.stdin.on('error', () => undefined);
  try {
    const { input } = command;
    if (input === undefined || typeof input === 'string' || input instanceof Uint8Array) child.stdin.end(input);
    else {
      for await (const chunk of input) {
        if (child.stdin.destroyed) break;
        if (!child.stdin.write(chunk)) await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended]);
      }
      child.stdin.end();
    }
    const { code, signal } = await ended;
    return { code, signal, stdout: stdout.toString(), stderr: stderr.toString(), timedOut };
  } finally {
    clearTimeout(timer);
    options.abortSignal?.removeEventListener('abort', kill);
    kill();
  }
}

/** Ends a process and everything it started in its group. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group ended between the look and the kill.
  }
}
