import { isCollection, isNode, LineCounter, parseDocument } from 'yaml';
import { parseSiteConfig, type SiteConfig, SiteConfigError } from './siteConfig.ts';

/** A fault of a configuration with the line where it is, from 1; null where the text as a whole is at fault. */
export interface StarterFault {
  readonly path: string;
  readonly line: number | null;
  readonly reason: string;
}

/** Reads a configuration as an import does, and says where in the text each fault is. */
export function readStarterText(text: string): { readonly config: SiteConfig; readonly faults: readonly [] } | { readonly config: null; readonly faults: readonly StarterFault[] } {
  try {
    return { config: parseSiteConfig(text), faults: [] };
  } catch (error) {
    if (!(error instanceof SiteConfigError)) throw error;
    const lineOf = linesOf(text);
    return { config: null, faults: error.issues.map(({ path, reason }) => ({ path, line: lineOf(path, reason), reason })) };
  }
}

/** Finds the line of a path such as `collections.1.files.0`: of the value there, or else of the nearest thing around it. */
function linesOf(text: string): (path: string, reason: string) => number | null {
  const counter = new LineCounter();
  const document = parseDocument(text, { version: '1.1', merge: true, lineCounter: counter, logLevel: 'silent' });
  return (path, reason) => {
    const told = /at line (\d+)/.exec(reason);
    if (told !== null) return Number(told[1]);
    if (document.errors.length > 0) return document.errors[0]?.linePos?.[0].line ?? null;
    if (path.startsWith('(')) return null;
    const keys = path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    for (let length = keys.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(keys.slice(0, length), true);
      const range = isNode(node) ? node.range : undefined;
      // Of a list or a map it is where its first entry begins.
      if (range != null) return counter.linePos(isCollection(node) ? firstOffset(node.range?.[0] ?? 0, text) : range[0]).line;
    }
    return null;
  };
}

function firstOffset(start: number, text: string): number {
  const rest = /\S/.exec(text.slice(start));
  return start + (rest?.index ?? 0);
}
