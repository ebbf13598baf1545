import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { axePath } from '../../../api/preview/axeFile.ts';
import { previewScript } from '../../../api/preview/previewScript.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a host of previews answers at each path: the tool pages check themselves with, else a page with the very script that the API puts into it. */
export function previewedHost(studio: string, bodyOf: (path: string) => { readonly title: string; readonly body: string }): (path: string) => string {
  return (path) => {
    if (path === axePath) return axe;
    const { title, body } = bodyOf(path);
    return `<!doctype html><html lang="en"><head><title>${title}</title></head><body>${body}${previewScript(studio)}</body></html>`;
  };
}
