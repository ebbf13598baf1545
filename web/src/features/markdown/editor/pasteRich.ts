import { EditorView } from '@codemirror/view';
import { pasteRich as words } from '../../../words/markdown.ts';
import { hostOf } from './editorHost.ts';
import { isVerbatimAt } from './verbatim.ts';

/** What is copied from programs that show code carries colours as HTML; its plain text is what was meant. */
const IS_CODE = /<meta[^>]*data-vscode|class="?(?:vscode|cm-|monaco|hljs)/i;
const IS_FORMATTED = /<(?:p|h[1-6]|ul|ol|li|table|b|strong|i|em|a|sub|sup|blockquote|pre|img|br|div)[\s>]/i;

const withPlainEnds = (text: string): string => text.replace(/\r\n?/g, '\n');

/** What reads HTML is fetched with the first such paste. Where that fails, or the HTML cannot be read, the plain text comes. */
async function pasteHtml(view: EditorView, html: string, plain: string): Promise<void> {
  let markdown = '';
  try {
    const { htmlToMarkdown } = await import('#domain/markdown/htmlToMarkdown.ts');
    markdown = htmlToMarkdown(html, hostOf(view.state).rules);
  } catch (error) {
    hostOf(view.state).tell(error instanceof RangeError ? words.formattingCouldNotBeRead : words.whatReadsFormattedTextCould);
  }
  const { state } = view;
  view.dispatch({ ...state.replaceSelection(state.toText(markdown === '' ? withPlainEnds(plain) : markdown)), scrollIntoView: true, userEvent: 'input.paste' });
}

/** Text from Word, Google Docs and pages comes as Markdown; plain text as it is, but for the ends of its lines. */
export const pasteRich = [
  // Windows ends lines in two characters; those of the text around stay as they are.
  EditorView.clipboardInputFilter.of(withPlainEnds),
  EditorView.domEventHandlers({
    paste: (event, view) => {
      const { state } = view;
      const html = event.clipboardData?.getData('text/html') ?? '';
      if (state.readOnly || html === '' || IS_CODE.test(html) || !IS_FORMATTED.test(html) || isVerbatimAt(state, state.selection.main.from)) return false;
      event.preventDefault();
      void pasteHtml(view, html, event.clipboardData?.getData('text/plain') ?? '');
      return true;
    },
  }),
];
