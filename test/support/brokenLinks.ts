import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

const ATTRIBUTE = /\s(?:href|src|poster)=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'", '#34': '"' };

/**
 * Follows every address in the pages of a folder as a browser does that opened them from there: to a file, since nobody
 * turns a folder's address into that of its page.
 */
export async function brokenLinks(folder: string): Promise<{ links: number; broken: string[] }> {
  const broken: string[] = [];
  let links = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.html')) continue;
    const page = join(entry.parentPath, entry.name);
    for (const [, double, single, bare] of (await readFile(page, 'utf8')).matchAll(ATTRIBUTE)) {
      const address = (double ?? single ?? bare ?? '').replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
      if (address === '' || /^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(address)) continue;
      links += 1;
      const path = decodeURIComponent(address.replace(/[?#].*$/, ''));
      const target = path.startsWith('/') ? path : resolve(dirname(page), path);
      const isFile = target.startsWith(folder) && (await stat(target).then((found) => found.isFile(), () => false));
      if (!isFile) broken.push(`${relative(folder, page)}: ${address}`);
    }
  }
  return { links, broken };
}
