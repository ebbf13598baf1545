import { createLauncher, type Told } from './launcher.ts';
import { type Command, type CommandInput, type CommandResult, runToEnd } from './runToEnd.ts';

export type { CommandResult } from './runToEnd.ts';

export interface CommandOptions extends Omit<Command, 'file' | 'args' | 'input' | 'isTold'>, Told {
  readonly abortSignal?: AbortSignal | undefined;
  /** Written to standard input, which is then closed. */
  readonly input?: CommandInput;
}

/** One for the whole process. */
const launcher = createLauncher();

/**
 * Runs a program to its end in a process group of its own, so that a time-out or a cancelled activity ends its children
 * too. It is started by the launcher, except where its input is a stream, which would have to pass through two processes.
 * @throws the spawn error (ENOENT, EACCES …); an exit code other than 0 is a result, not an error.
 */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { abortSignal, input, begun, said, ...rest } = options;
  abortSignal?.throwIfAborted();
  const told = { ...(begun === undefined ? {} : { begun }), ...(said === undefined ? {} : { said }) };
  const command = { file, args, ...rest, ...(said === undefined ? {} : { isTold: true }) };
  const result = input === undefined || typeof input === 'string' || input instanceof Uint8Array ? await launcher.run({ ...command, ...(input === undefined ? {} : { input }) }, abortSignal, told) : await runToEnd({ ...command, input }, { abortSignal, ...told });
  abortSignal?.throwIfAborted();
  return result;
}
