// @ts-check
import { escapeHtml, readBody } from '../base.mjs';
import { FOLDER, SHORTCUT } from './driveStore.mjs';

/** @typedef {import('./driveStore.mjs').Item} Item */
/** @typedef {{ do: string, id?: string, path?: string, to?: string, name?: string, text?: string, base64?: string, mimeType?: string, bytes?: number, seed?: string, flag?: Item['flag'], target?: string, appProperties?: Record<string, string> }} Wish an item is named by its id, or by its path from the drive's root */

const TYPES = /** @type {Record<string, string>} */ ({ pdf: 'application/pdf', mp4: 'video/mp4', vtt: 'text/vtt', txt: 'text/plain', html: 'text/html', png: 'image/png', jpg: 'image/jpeg', zip: 'application/zip', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', srt: 'application/x-subrip' });
const DOCUMENT = 'application/vnd.google-apps.document';

/**
 * What a person does in Drive's own pages: beside the API, and without asking anybody's rights.
 * @param {ReturnType<typeof import('./driveStore.mjs').createDriveStore>} store
 * @param {{ driveId: string }} options
 */
export function createPerson(store, { driveId }) {
  /** @param {string} path @param {boolean} isMade whether folders that are missing are made @returns {Item | undefined} */
  function walk(path, isMade) {
    let at = store.items.get(driveId);
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (at === undefined) return undefined;
      const parent = at;
      const named = store.childrenOf(parent.id).filter((child) => child.name === name && child.trashedTime === null);
      at = named.find((child) => child.mimeType === FOLDER) ?? named[0] ?? (isMade ? store.add({ name, mimeType: FOLDER, parent: parent.id }) : undefined);
    }
    return at;
  }

  /** @param {Wish} wish @returns {Item} */
  function itemOf(wish) {
    const item = wish.id === undefined ? walk(wish.path ?? '', false) : store.items.get(wish.id);
    if (item === undefined) throw new Error(`There is no ${wish.id ?? wish.path ?? ''}`);
    return item;
  }

  /** @param {string} path @returns {{ parent: string, name: string }} */
  function placeOf(path) {
    const parts = path.split('/').filter((part) => part !== '');
    const name = parts.pop();
    if (name === undefined) throw new Error('A path has a name at its end');
    const folder = walk(parts.join('/'), true);
    if (folder === undefined || folder.mimeType !== FOLDER) throw new Error(`${parts.join('/')} is no folder`);
    return { parent: folder.id, name };
  }

  /** @param {string} name */
  const typeOf = (name) => TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream';

  /** @param {Wish} wish */
  async function contentOf(wish) {
    if (wish.bytes !== undefined) return store.keepGenerated(wish.bytes, wish.seed ?? 'big');
    return store.keep(wish.base64 === undefined ? Buffer.from(wish.text ?? '') : Buffer.from(wish.base64, 'base64'));
  }

  /** @param {Wish} wish @returns {Promise<Item | null>} */
  async function one(wish) {
    const extra = wish.appProperties === undefined ? {} : { appProperties: wish.appProperties };
    switch (wish.do) {
      case 'folder': {
        const folder = walk(wish.path ?? '', true);
        if (folder === undefined) throw new Error(`${wish.path ?? ''} cannot be made`);
        return wish.appProperties === undefined ? folder : store.change(folder.id, extra);
      }
      // Twice the same name makes two files, as in Drive.
      case 'put': {
        const place = placeOf(wish.path ?? '');
        return store.add({ ...place, ...extra, mimeType: wish.mimeType ?? typeOf(place.name), ...(await contentOf(wish)) });
      }
      case 'replace':
        return store.change(itemOf(wish).id, await contentOf(wish));
      case 'native': {
        const place = placeOf(wish.path ?? '');
        return store.add({ ...place, ...extra, mimeType: wish.mimeType ?? DOCUMENT, content: { kind: 'native', text: wish.text ?? place.name, exportBytes: wish.bytes ?? 0 } });
      }
      case 'shortcut':
        return store.add({ ...placeOf(wish.path ?? ''), mimeType: SHORTCUT, target: wish.target ?? '' });
      case 'rename':
        return store.change(itemOf(wish).id, { name: wish.name ?? '' });
      case 'move': {
        const folder = walk(wish.to ?? '', true);
        if (folder === undefined) throw new Error(`There is no ${wish.to ?? ''}`);
        return store.change(itemOf(wish).id, { parent: folder.id });
      }
      case 'trash':
        return store.change(itemOf(wish).id, { trashedTime: new Date().toISOString() });
      case 'restore':
        return store.change(itemOf(wish).id, { trashedTime: null });
      case 'flag':
        return store.change(itemOf(wish).id, { flag: wish.flag ?? null });
      // Deleted for good, or moved to where the service account sees nothing: the same to it.
      case 'remove':
        store.remove(itemOf(wish).id);
        return null;
      default:
        throw new Error(`Nobody can ${wish.do} in Drive`);
    }
  }

  /**
   * Does one thing after the other.
   * @param {Wish | readonly Wish[]} wishes
   * @returns {Promise<(Item | null)[]>}
   */
  async function act(wishes) {
    /** @type {(Item | null)[]} */
    const done = [];
    for (const wish of Array.isArray(wishes) ? wishes : [wishes]) done.push(await one(wish));
    return done;
  }

  /** @param {string} id @returns {string} */
  function branch(id) {
    const children = store.childrenOf(id).sort((a, b) => Number(b.mimeType === FOLDER) - Number(a.mimeType === FOLDER) || a.name.localeCompare(b.name));
    if (children.length === 0) return '';
    return `<ul>${children.map((item) => `<li>${leaf(item)}${item.mimeType === FOLDER ? branch(item.id) : ''}</li>`).join('')}</ul>`;
  }

  /** @param {Item} item */
  function leaf(item) {
    const isTrashed = item.trashedTime !== null;
    const about = item.mimeType === FOLDER ? '' : ` <small>${escapeHtml(item.mimeType)}${item.size === null ? '' : `, ${item.size.toLocaleString('en-US')} bytes`}${item.flag === null ? '' : `, ${item.flag}`}</small>`;
    const name = `<b>${escapeHtml(item.name)}${item.mimeType === FOLDER ? '/' : ''}</b>`;
    const button = (/** @type {string} */ what, /** @type {string} */ label) => `<form method="post" action="/_form"><input type="hidden" name="id" value="${escapeHtml(item.id)}"><button name="do" value="${what}">${label}</button></form>`;
    return `${isTrashed ? `<s>${name}</s> in the trash` : name}${about} ${isTrashed ? button('restore', 'Restore') : button('trash', 'Move to trash')}`;
  }

  return {
    act,

    /**
     * The drive as a tree, with what a person may do there.
     * @param {Readonly<Record<string, unknown>>} settings
     */
    page(settings) {
      return `<style>li form{display:inline}ul{padding-left:1.4rem}button{font:inherit;font-size:13px}</style>
<form method="post" action="/_form" enctype="multipart/form-data"><p><label>Folder <input name="folder" placeholder="my-course/files_final" size="40"></label> <label>File <input type="file" name="file" required></label> <button name="do" value="put">Put it there</button></p></form>
<p>Settings: ${escapeHtml(JSON.stringify(settings))}</p>${branch(driveId) || '<p>The drive is empty.</p>'}`;
    },

    /**
     * What somebody does with the page above.
     * @param {import('node:http').IncomingMessage} request
     * @param {import('node:http').ServerResponse} response
     */
    async takeForm(request, response) {
      // No other page may press the buttons of this one.
      if (request.headers.origin !== undefined && new URL(request.headers.origin).host !== request.headers.host) throw new Error('The form belongs to another page');
      const body = await readBody(request);
      const form = await new Response(new Uint8Array(body), { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData();
      const what = String(form.get('do'));
      const file = form.get('file');
      if (what === 'put' && file instanceof File) await act({ do: 'put', path: `${String(form.get('folder') ?? '')}/${file.name}`, base64: Buffer.from(await file.arrayBuffer()).toString('base64'), ...(file.type === '' ? {} : { mimeType: file.type }) });
      else await act({ do: what, id: String(form.get('id')) });
      response.writeHead(303, { location: '/' });
      response.end();
    },
  };
}
