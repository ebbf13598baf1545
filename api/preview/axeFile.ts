import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { version } = require('axe-core/package.json') as { readonly version: string };
let kept: Promise<Buffer> | undefined;

/**
 * Where a page of a preview gets axe from, at its own host. No file of a site can be there: an address with an empty part is one that `readPreviewPath` refuses.
 * The version is part of it, so that a browser may keep what it got.
 */
export const axePath = `/studio-preview//axe-${version}.js`;

/** The script at `axePath`, as its package ships it. */
export function readAxe(): Promise<Buffer> {
  kept ??= readFile(require.resolve('axe-core/axe.min.js'));
  return kept;
}
