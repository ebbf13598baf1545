import type { Page as Tab, Response } from 'playwright-core';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A script or a style that a page really asked for. */
export interface Asset {
  readonly path: string;
  readonly kind: 'script' | 'style';
  readonly text: string;
  /** Sizes in bytes: as the studio serves it, and as a host in front of it that compresses would. */
  readonly bytes: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** Listens to what a tab asks for from here on; the function it gives ends that, and tells the scripts and styles, each once. */
export function recordAssets(tab: Tab): () => Promise<Asset[]> {
  const heard = new Map<string, Promise<Asset>>();
  const hear = (response: Response): void => {
    const path = new URL(response.url()).pathname;
    const kind = /\.m?js$/.test(path) ? 'script' : path.endsWith('.css') ? 'style' : undefined;
    if (kind === undefined || heard.has(path)) return;
    heard.set(path, response.body().then((body) => ({ path, kind, text: body.toString('utf8'), bytes: body.length, gzip: gzipSync(body, { level: 9 }).length, brotli: brotliCompressSync(body).length })));
  };
  tab.on('response', hear);
  return async () => {
    tab.off('response', hear);
    return Promise.all(heard.values());
  };
}

/** Bytes of all of one kind. */
export function bytesOf(assets: readonly Asset[], kind: Asset['kind'], how: 'bytes' | 'gzip' | 'brotli'): number {
  return assets.filter((asset) => asset.kind === kind).reduce((sum, asset) => sum + asset[how], 0);
}

/** The scripts that hold the Markdown editor or what sets math: told by the names of their classes, which no build shortens. */
export function editorAssets(assets: readonly Asset[]): string[] {
  return assets.filter(({ kind, text }) => kind === 'script' && /cm-scroller|katex-html/.test(text)).map(({ path }) => path);
}
