import '../../../../web/src/tokens.css';
import '../../../../web/src/base.css';
import { EditorView } from '@codemirror/view';
import { mount, unmount } from 'svelte';
import ContentForm from '../../../../web/src/features/content/ContentForm.svelte';
import { ContentFormState, fieldId } from '../../../../web/src/features/content/formState.svelte.ts';
import MarkdownEditor from '../../../../web/src/features/markdown/MarkdownEditor.svelte';
import MarkdownWidget from '../../../../web/src/features/markdown/MarkdownWidget.svelte';
import type { MarkdownWorld } from '../../../../web/src/features/markdown/markdownWorld.ts';
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
let form: ContentFormState | undefined;

function view(): EditorView {
  const element = document.querySelector<HTMLElement>('.cm-editor');
  const found = element === null ? null : EditorView.findFromDOM(element);
  if (found === null) throw new Error('There is no editor on the page.');
  return found;
}

const frame = document.body.appendChild(document.createElement('main'));
frame.innerHTML = '<h1>A page</h1><p id="body-label">Body</p><p id="body-help">The text of the page.</p><div></div><button type="button">After it</button>';
const place = frame.querySelector('div') ?? frame;

/** Shows the editor or its widget as a form does: what it saves comes back as its value. */
async function show(text: string, make: (value: () => string, onchange: (now: unknown) => void) => Record<string, unknown>): Promise<void> {
  if (page !== undefined) await unmount(page);
  saved = text;
  let value = $state(text);
  page = make(() => value, (now) => {
    value = String(now);
    saved = value;
  });
  await new Promise((resolve) => requestAnimationFrame(resolve));
}

const api: EditorPageApi = {
  items,
  picks,
  asked,
  open: (text, rules, isDisabled) =>
    show(text, (value, onchange) =>
      mount(MarkdownEditor, {
        target: place,
        props: {
          get value() {
            return value();
          },
          onchange, rules, world, isDisabled, labelledby: 'body-label', describedby: 'body-help',
        },
      }),
    ),
  openWidget: (text, field) =>
    show(text, (value, onchange) =>
      mount(MarkdownWidget, {
        target: place,
        props: {
          get value() {
            return value();
          },
          onchange, field, id: 'body', describedby: 'body-help', site: 'matrix-methods', item: null, isDisabled: false, problem: undefined,
        },
      }),
    ),
  openForm: async (site, kind, item) => {
    if (page !== undefined) await unmount(page);
    form = new ContentFormState(kind, item);
    page = mount(ContentForm, { target: place, props: { form, site, isDisabled: false } });
    await new Promise((resolve) => requestAnimationFrame(resolve));
  },
  formChanges: () => $state.snapshot(form?.changes ?? {}) as Record<string, unknown>,
  fieldId,
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
