/**
 * What may leave the installation of an error: what kind it is, where in our code it was thrown, and by which ids the
 * log has the rest. Its message goes only where it is one an engine, Postgres or the network makes of names in code:
 * any other may hold what somebody wrote, or who they are.
 */

/** Names under which an event can be searched. */
export const errorTags = ['part', 'request_id', 'route', 'page', 'site', 'run_id', 'workflow_id', 'workflow_run_id', 'workflow', 'activity', 'attempt', 'failure'] as const;
export type ErrorTags = { readonly [tag in (typeof errorTags)[number]]?: string | undefined };

export interface ErrorFrame {
  readonly filename: string;
  readonly function?: string;
  readonly lineno: number;
  readonly colno: number;
  readonly in_app: boolean;
}

/** One thrown value as an event shows it. */
export interface ShownError {
  readonly type: string;
  readonly value: string;
  readonly stacktrace?: { readonly frames: readonly ErrorFrame[] };
}

/** Stands for a message that stays here. */
export const WITHHELD = 'The message stays in the studio’s log.';

const MAX_CAUSES = 5;
const MAX_FRAMES = 50;
const MAX_TAG = 200;

/** Messages that are made of names in code and nothing else. */
const CODE_MESSAGES: readonly RegExp[] = [
  /^Cannot (?:read|set) properties of (?:undefined|null)(?: \((?:reading|setting) '[\w$]{1,60}'\))?$/,
  /^Cannot access '[\w$]{1,60}' before initialization$/,
  /^(?:[\w$]{1,60}\.){0,8}[\w$]{1,60}(?:\(\.\.\.\))? is not (?:a function|defined|iterable|a constructor|an object)$/,
  /^(?:undefined|null|object) is not (?:iterable|an object|a function)$/,
  /^(?:Maximum call stack size exceeded|Invalid array length|Invalid string length|Invalid time value|Invalid URL|Assignment to constant variable\.|fetch failed|terminated|Failed to fetch|Load failed|NetworkError when attempting to fetch resource\.|The operation was aborted due to timeout|This operation was aborted)$/,
  /^https:\/\/svelte\.dev\/e\/[a-z_]{1,80}$/,
  // Temporal’s own words for a workflow whose code does not fit its history.
  /^[A-Z][A-Za-z ]{1,60} machine does not handle this event: HistoryEvent\(id: \d{1,9}, \w{1,60}\)$/,
  /^Activity type of scheduled event '\w{1,80}' does not match activity type of activity command '\w{1,80}'$/,
  /^(?:Query read timeout|Connection terminated unexpectedly)$/,
];

/** Messages that begin so and go on with what is nobody's business; what is before stays. */
const BEGINNINGS = ['Converting circular structure to JSON', 'Failed to fetch dynamically imported module', 'error loading dynamically imported module', 'Importing a module script failed'];

/** Where a name in code, a table or a code of an error stands. */
const NAME = /^[\w.$-]{1,64}$/;
/** Of these an error of Postgres or of the system tells what happened without telling to whom. */
const FACTS = ['code', 'syscall', 'table', 'constraint', 'routine'] as const;

function fieldOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null && name in error ? (error as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The sentence of an error as far as it may leave. */
export function shownMessage(error: unknown): string {
  const facts = FACTS.flatMap((name) => {
    const value = fieldOf(error, name);
    return typeof value === 'string' && NAME.test(value) ? [`${name} ${value}`] : [];
  });
  const message = fieldOf(error, 'message');
  const text = typeof message === 'string' ? message : '';
  const shown = CODE_MESSAGES.some((pattern) => pattern.test(text)) ? text : BEGINNINGS.find((beginning) => text.startsWith(beginning));
  const parts = [...(shown === undefined ? [] : [shown]), ...(facts.length === 0 ? [] : [facts.join(', ')])];
  return parts.length === 0 ? WITHHELD : parts.join('; ');
}

/** What an error is called, where that is a name and no sentence. */
export function shownType(error: unknown): string {
  const name = fieldOf(error, 'name');
  return typeof name === 'string' && /^[A-Za-z_$][\w$]{0,60}$/.test(name) ? name : 'Error';
}

/**
 * An error and what caused it, the cause first, as Sentry has them.
 * @param root folder of our code with a slash at its end; frames outside of it and of Node are left out
 */
export function shownErrors(error: unknown, root: string): ShownError[] {
  const shown: ShownError[] = [];
  const seen = new Set<unknown>();
  for (let one: unknown = error; one !== undefined && one !== null && shown.length < MAX_CAUSES && !seen.has(one); one = fieldOf(one, 'cause')) {
    seen.add(one);
    const frames = framesOf(one, root);
    shown.unshift({ type: shownType(one), value: shownMessage(one), ...(frames.length === 0 ? {} : { stacktrace: { frames } }) });
  }
  return shown;
}

/** Frames of a stack, the oldest first; its message, which is part of the text, is none. */
function framesOf(error: unknown, root: string): ErrorFrame[] {
  const stack = fieldOf(error, 'stack');
  if (typeof stack !== 'string') return [];
  const message = fieldOf(error, 'message');
  const at = typeof message === 'string' && message !== '' ? stack.indexOf(message) : -1;
  const lines = (at === -1 ? stack : stack.slice(at + (message as string).length)).split('\n');
  return lines.flatMap((line) => frameOf(line, root) ?? []).slice(0, MAX_FRAMES).reverse();
}

function frameOf(line: string, root: string): ErrorFrame | undefined {
  const match = /^\s{4}at (?:(.{1,200}?) \()?(?:file:\/\/)?([^()\s]{1,400}):(\d{1,9}):(\d{1,9})\)?$/.exec(line);
  const [, name, file = '', lineno, colno] = match ?? [];
  if (match === null || (!file.startsWith('node:') && !file.startsWith(root))) return undefined;
  const isOurs = !file.startsWith('node:') && !file.includes('/node_modules/');
  return {
    filename: file.startsWith('node:') ? file : `app:///${file.slice(root.length)}`,
    ...(name !== undefined && /^[\w$.<>[\] ]{1,100}$/.test(name) ? { function: name } : {}),
    lineno: Number(lineno),
    colno: Number(colno),
    in_app: isOurs,
  };
}

/** Tags that hold a value, and one that ids and routes are made of. */
export function shownTags(tags: ErrorTags): Record<string, string> {
  return Object.fromEntries(
    errorTags.flatMap((tag) => {
      const value = tags[tag];
      return value !== undefined && value !== '' && /^[\w.:/ -]+$/.test(value) ? [[tag, value.slice(0, MAX_TAG)]] : [];
    }),
  );
}
