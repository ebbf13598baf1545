import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Lines that may differ before two bodies are said to be altogether different: finding the fewest of more takes seconds. */
const MAX_EDITS = 2_000;

/** A unified diff of two bodies with three lines around each change; empty when they are the same. */
export function bodyDiff(before: { readonly name: string; readonly body: string }, after: { readonly name: string; readonly body: string }): string {
  if (before.body === after.body) return '';
  return createTwoFilesPatch(before.name, after.name, before.body, after.body, undefined, undefined, { context: 3, maxEditLength: MAX_EDITS, headerOptions: FILE_HEADERS_ONLY }) ?? replaced(before, after);
}

/** The patch that takes every line away and puts the new ones there. */
function replaced(before: { readonly name: string; readonly body: string }, after: { readonly name: string; readonly body: string }): string {
  const [old, made] = [linesOf(before.body), linesOf(after.body)];
  return [`--- ${before.name}`, `+++ ${after.name}`, `@@ -${old.length === 0 ? 0 : 1},${old.length} +${made.length === 0 ? 0 : 1},${made.length} @@`, ...marked('-', old, before.body), ...marked('+', made, after.body), ''].join('\n');
}

function linesOf(body: string): string[] {
  const lines = body.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function marked(mark: string, lines: readonly string[], body: string): string[] {
  return [...lines.map((line) => `${mark}${line}`), ...(body === '' || body.endsWith('\n') ? [] : ['\\ No newline at end of file'])];
}
