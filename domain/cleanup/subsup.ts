import { shortcodesIn } from '../shortcodes.ts';
import type { TextFinding, TextRule } from './cleanupRule.ts';
import { codeRanges, touches } from './codeRanges.ts';
import { htmlScript, markdownFields, withLinkText } from './linkRewriting.ts';

/**
 * Subscripts and superscripts by shortcode become HTML, which today's editor writes and which may stand in a link's text.
 * `H{{< sub 2 >}}O` becomes `H<sub>2</sub>O`; in `{{% resource_link "<id>" "x{{< sup 2 >}}" %}}` the text becomes
 * `x<sup>2</sup>`.
 * Left alone: code, fields whose editor drops these tags, and parameters of every other shortcode.
 */
export const subsup: TextRule = {
  kind: 'text',
  name: 'subsup',
  title: 'Subscripts and superscripts by shortcode become HTML',
  isReadOnly: false,
  covers: markdownFields,
  find(text, { field }) {
    const isCode = touches(codeRanges(text));
    return shortcodesIn(text).flatMap((shortcode): TextFinding[] => {
      const { start, end } = shortcode;
      if (isCode(start, end)) return [];
      if (shortcode.name === 'resource_link' && !shortcode.isClosing) {
        const [, linkText] = shortcode.positional;
        if (linkText === undefined || !shortcodesIn(linkText).some((inner) => htmlScript(inner) !== null)) return [];
        const replacement = withLinkText(shortcode, linkText);
        return [{ start, end, replacement, note: replacement === null ? 'left as it is: its text cannot stand in a shortcode' : 'HTML, for Hugo reads no shortcode inside of one' }];
      }
      const html = htmlScript(shortcode);
      if (html === null) return [];
      if (!field.allowedHtml.has(shortcode.name)) return [{ start, end, replacement: null, note: `left as it is: the editor of this field drops <${shortcode.name}>` }];
      return [{ start, end, replacement: html, note: 'HTML' }];
    });
  },
};
