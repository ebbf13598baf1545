import '../../../../web/src/tokens.css';
import '../../../../web/src/base.css';
import { EditorView } from '@codemirror/view';
import { type ComponentProps, mount, unmount } from 'svelte';
import type { MarkdownWorld } from '../../../../web/src/features/markdown/markdownWorld.ts';
import EditorPage from './EditorPage.svelte';
import type { EditorPageApi } from './editorPageApi.ts';

/** The world of the editor in its tests: what is told by `items`, and whoever picks gets the next of `picks`. */
const items: EditorPageApi['items'] = {};
const picks: EditorPageApi['picks'] = [];
const asked: string[] = [];
const world: MarkdownWorld = {
  titleOf: (uuid) => Promise.resolve(items[uuid] ?? null),
  pick: (kind, selection) => {
    asked.push(`${kind}: ${selection}`);
    return Promise.resolve(picks.shift() ?? null);
  },
  addExternalLink: (url, title) => {
    asked.push(`external: ${url}`);
    return Promise.resolve({ uuid: '00000000-0000-4000-8000-00000000ffff', title });
  },
};

let page: Record<string, unknown> | undefined;
let saved = '';

function view(): EditorView {
  const element = document.querySelector<HTMLElement>('.cm-editor');
  const found = element === null ? null : EditorView.findFromDOM(element);
  if (found === null) throw new Error('There is no editor on the page.');
  return found;
}

async function show(text: string, props: Record<string, unknown>): Promise<void> {
  if (page !== undefined) await unmount(page);
  saved = text;
  page = mount(EditorPage, { target: document.body, props: { text, world, onsaved: (now: string) => void (saved = now), ...props } as ComponentProps<typeof EditorPage> });
  await new Promise((resolve) => requestAnimationFrame(resolve));
}

const api: EditorPageApi = {
  items,
  picks,
  asked,
  open: (text, rules, isDisabled) => show(text, { rules, isDisabled }),
  openWidget: (text, field) => show(text, { field, isDisabled: false }),
  saved: () => saved,
  documentText: () => view().state.sliceDoc(),
  select: (anchor, head) => {
    const editor = view();
    editor.focus();
    editor.dispatch({ selection: { anchor, head }, scrollIntoView: true });
  },
  selection: () => ({ from: view().state.selection.main.from, to: view().state.selection.main.to }),
};
Object.assign(window, { editorPage: api });
