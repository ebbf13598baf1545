import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { seeded } from '#test/support/seeded.ts';

export interface TreeSize {
  readonly files: number;
  readonly bytes: number;
}

interface TreeFile {
  readonly path: string;
  readonly body: Buffer;
}

const SEED = 6_042;
/** Text that bodies are cut from, each from a place of its own. */
const TEXT_BYTES = 1 << 20;

/**
 * The output of a large course, the same on every machine: a page and its data per file of content, some assets, and no two
 * files alike. Pages weigh as much as those of the production themes.
 * @throws {Error} when there are too few bytes for so many files.
 */
export function* generatedTree(size: TreeSize): Generator<TreeFile> {
  const random = seeded(SEED);
  const words = Array.from({ length: 4_096 }, () => Array.from({ length: 2 + random.below(9) }, () => 'etaoinshrdlucmfwypvbgkjqxz'[random.below(26)] ?? '').join(''));
  const chosen: string[] = [];
  for (let length = 0; length < TEXT_BYTES; ) {
    const word = words[random.below(words.length)] ?? '';
    chosen.push(word);
    length += word.length + 1;
  }
  const text = Buffer.from(chosen.join(' ').slice(0, TEXT_BYTES));
  const paths = pathsOf(size.files);
  const weights = paths.map((path) => (path.endsWith('.html') ? 60 : path.endsWith('.json') ? 4 : 20) * (50 + random.below(100)));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let left = size.bytes;
  for (const [index, path] of paths.entries()) {
    const isLast = index === paths.length - 1;
    const bytes = isLast ? left : Math.floor((size.bytes * (weights[index] ?? 0)) / all);
    left -= bytes;
    yield { path, body: bodyOf(path, bytes, text, random.below(TEXT_BYTES)) };
  }
}

/** Writes the tree into a folder. */
export function writeGeneratedTree(folder: string, size: TreeSize): void {
  for (const { path, body } of generatedTree(size)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, body);
  }
}

function pathsOf(files: number): string[] {
  const paths = ['data.json', 'sitemap.xml', 'static/main.css', 'static/main.js', 'static/logo.svg'].slice(0, files - 1);
  for (let page = 1; paths.length + 2 < files; page += 1) paths.push(`resources/item-${page}/index.html`, `resources/item-${page}/data.json`);
  while (paths.length + 1 < files) paths.push('content_map.json');
  // The last takes the bytes that are left.
  return [...paths, 'index.html'];
}

function bodyOf(path: string, bytes: number, text: Buffer, from: number): Buffer {
  const isData = path.endsWith('.json');
  const head = Buffer.from(isData ? `{"path":"${path}","text":"` : `<!doctype html><title>${path}</title>\n`);
  const tail = Buffer.from(isData ? '"}' : '\n');
  if (bytes < head.length + tail.length) throw new Error(`${path} would have ${bytes} bytes: too few`);
  const body = Buffer.alloc(bytes);
  head.copy(body);
  for (let at = head.length, place = from; at < bytes; place = 0) at += text.copy(body, at, place);
  tail.copy(body, bytes - tail.length);
  return body;
}
