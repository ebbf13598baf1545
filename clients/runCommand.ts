import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last `maxOutputBytes` of each stream. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly abortSignal?: AbortSignal | undefined;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Buffer | AsyncIterable<string | Buffer>;
  readonly maxOutputBytes?: number;
}

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
 * Runs a program to its end in a process group of its own, so that a time-out or a cancelled activity ends its children
 * too.
 * @throws the spawn error (ENOENT, EACCES …); an exit code other than 0 is a result, not an error.
 */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  options.abortSignal?.throwIfAborted();
  const child = spawn(file, [...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const stdout = new Tail(options.maxOutputBytes ?? 16 * 1024 * 1024);
  const stderr = new Tail(options.maxOutputBytes ?? 16 * 1024 * 1024);
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
  let timedOut = false;
  const killGroup = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group ended between the check and the kill.
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup();
  }, options.timeoutMs);
  options.abortSignal?.addEventListener('abort', killGroup);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  // A program that ends without reading its input breaks the pipe; its exit code tells why.
  child.stdin.on('error', () => undefined);
  try {
    if (options.input === undefined || typeof options.input === 'string' || Buffer.isBuffer(options.input)) child.stdin.end(options.input);
    else {
      const feed = (async (input: AsyncIterable<string | Buffer>) => {
        for await (const chunk of input) {
          if (child.stdin.destroyed) return;
          if (!child.stdin.write(chunk)) await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), ended]);
        }
        child.stdin.end();
      })(options.input);
      await feed;
    }
    const { code, signal } = await ended;
    options.abortSignal?.throwIfAborted();
    return { code, signal, stdout: stdout.toString(), stderr: stderr.toString(), timedOut };
  } finally {
    clearTimeout(timer);
    options.abortSignal?.removeEventListener('abort', killGroup);
    killGroup();
  }
}
