import { EditorView } from '@codemirror/view';
import { htmlToMarkdown } from '../model/htmlToMarkdown.ts';
import { hostOf } from './editorHost.ts';
import { isVerbatimAt } from './verbatim.ts';

/** What is copied from programs that show code carries colours as HTML; its plain text is what was meant. */
const IS_CODE = /<meta[^>]*data-vscode|class="?(?:vscode|cm-|monaco|hljs)/i;
const IS_FORMATTED = /<(?:p|h[1-6]|ul|ol|li|table|b|strong|i|em|a|sub|sup|blockquote|pre|img|br|div)[\s>]/i;

/** Text from Word, Google Docs and pages comes as Markdown; plain text as it is, but for the ends of its lines. */
export const pasteRich = [
  // Windows ends lines in two characters; those of the text around stay as they are.
  EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
  EditorView.domEventHandlers({
    paste: (event, view) => {
      const { state } = view;
      const html = event.clipboardData?.getData('text/html') ?? '';
      if (state.readOnly || html === '' || IS_CODE.test(html) || !IS_FORMATTED.test(html) || isVerbatimAt(state, state.selection.main.from)) return false;
      const markdown = htmlToMarkdown(html, hostOf(state).rules);
      if (markdown === '') return false;
      event.preventDefault();
      view.dispatch({ ...state.replaceSelection(state.toText(markdown)), scrollIntoView: true, userEvent: 'input.paste' });
      return true;
    },
  }),
];
