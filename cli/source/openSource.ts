import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../CliError.ts';
import type { CliContext } from '../context.ts';

const run = promisify(execFile);

export interface Source {
  /** Folder on this machine with the repository's files. */
  readonly directory: string;
  /** Name of the folder or repository: the course's short id where course.json has none. */
  readonly folder: string;
  /** Removes what was made for it. */
  readonly close: () => Promise<void>;
}

/**
 * Finds the files of a content repository: a folder as it is, a git URL (or a bare repository) as a clone in a temporary folder.
 * @throws {CliError} when there is no such folder, it is no content repository, or it cannot be cloned.
 */
export async function openSource(context: Pick<CliContext, 'directory' | 'gitEnvironment' | 'isTerminal'>, given: string): Promise<Source> {
  const path = resolve(context.directory, given);
  const isHere = existsSync(path);
  if (isHere && !statSync(path).isDirectory()) throw new CliError(`${given} is a file: name the folder of a course’s repository, or a git URL.`);
  const isBare = isHere && existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')) && existsSync(join(path, 'refs'));
  if (!isHere && !isGitUrl(given)) throw new CliError(`There is no folder ${path}: name the folder of a course’s repository, or a git URL.`);
  if (!isHere || isBare) return clone(context, isBare ? path : given, given);
  assertRepository(path, given);
  return { directory: path, folder: nameOf(path), close: async () => undefined };
}

/** `https://…`, `ssh://…`, `file://…` and git's short form `user@host:path`. */
function isGitUrl(text: string): boolean {
  return /^(?:https?|ssh|git|file):\/\/./.test(text) || /^[\w.-]+@[\w.-]+:./.test(text);
}

async function clone(context: Pick<CliContext, 'gitEnvironment' | 'isTerminal'>, url: string, given: string): Promise<Source> {
  const scratch = await mkdtemp(join(tmpdir(), 'studio-import-'));
  const close = () => rm(scratch, { recursive: true, force: true });
  const directory = join(scratch, 'clone');
  try {
    // Bytes as they are committed: no line ends are turned, whatever the person's git is set to.
    await run('git', ['-c', 'core.autocrlf=false', 'clone', '--quiet', '--depth', '1', '--no-tags', '--', url, directory], {
      env: { ...context.gitEnvironment, LC_ALL: 'C', GIT_TERMINAL_PROMPT: context.isTerminal ? '1' : '0' },
      maxBuffer: 16 * 1024 * 1024,
    });
    assertRepository(directory, withoutPassword(given));
    return { directory, folder: nameOf(url), close };
  } catch (error) {
    await close();
    if (error instanceof CliError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new CliError('git was not found: a git URL is cloned with the git of this machine.');
    throw new CliError(`${withoutPassword(given)} cannot be cloned: ${reasonOf(error)}`);
  }
}

function assertRepository(directory: string, given: string): void {
  if (existsSync(join(directory, 'content')) || existsSync(join(directory, 'data'))) return;
  throw new CliError(`${given} is no content repository: it has neither a folder content nor a folder data.`);
}

function nameOf(place: string): string {
  return basename(place.replace(/[/\\]+$/, '').replace(/^[\w.-]+@[\w.-]+:/, '')).replace(/\.git$/, '');
}

/** A URL may carry a password; a message must not. */
function withoutPassword(text: string): string {
  return text.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}

function reasonOf(error: unknown): string {
  const output = typeof error === 'object' && error !== null && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : String(error);
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const fatal = lines.find((line) => /^(?:fatal|error|ssh): /.test(line)) ?? lines.at(-1) ?? 'git does not say why';
  const sentence = fatal.replace(/^(?:fatal|error): /, '').replace(/\w+:\/\/[^/@\s']*@/g, (prefix) => prefix.replace(/[^/]*@$/, ''));
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
