/** What Hugo says while it watches a site, a line at a time: when it builds, and what came of it. */
export type HugoWatchEvent =
  /** It has read what changed and builds. */
  | { readonly kind: 'building' }
  /** A build ended; what was said of it, which may be errors. */
  | { readonly kind: 'built'; readonly output: string }
  /** From now on it sees what changes. */
  | { readonly kind: 'watching' };

/** Characters of one build's words that are kept: the errors stand first. */
const MAX_CHARACTERS = 200_000;

/** Takes Hugo's words apart as they come. */
export function createHugoWatch(onEvent: (event: HugoWatchEvent) => void) {
  let rest = '';
  let output = '';

  function read(line: string): void {
    if (/^Change(?: of .+)? detected, rebuilding site/.test(line)) {
      output = '';
      onEvent({ kind: 'building' });
      return;
    }
    if (output.length < MAX_CHARACTERS) output += `${line}\n`;
    // How long it took is said last, whether it went well or not.
    if (/^(?:Total|Built|Rebuilt) in \d+ m?s/.test(line)) onEvent({ kind: 'built', output });
    else if (line.startsWith('Press Ctrl+C to stop')) onEvent({ kind: 'watching' });
  }

  return {
    take(text: string): void {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) read(line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd());
    },
    /** What was said since the last build began. */
    said: (): string => `${output}${rest}`,
  };
}
