import { shortcodesIn } from '../shortcodes.ts';
import type { TextFinding, TextRule } from './cleanupRule.ts';
import { codeRanges, touches } from './codeRanges.ts';
import { markdownFields, withLinkText } from './linkRewriting.ts';

/** Angle brackets, escaped or not, that stand for an arrow at the beginning of a text; a letter behind one makes it a tag. */
const ARROW = /^\s*(?:(\\?<\\?<|\\?<(?![a-z/!]))|(\\?>\\?>|\\?>))\s*/i;

/**
 * Links of a section's navigation carry arrows instead of angle brackets, in which the themes' Markdown sees tags and
 * quotations.
 * `{{% resource_link "<id>" "\>\>Next" %}}` becomes `{{% resource_link "<id>" "» Next" %}}`, `\<Previous` becomes
 * `« Previous`.
 * Left alone: angle brackets anywhere but at the beginning, tags, and links that are no resource links yet (baseurl).
 */
export const resourceLinkNextprev: TextRule = {
  kind: 'text',
  name: 'resource_link_nextprev',
  title: 'Next and previous links carry arrows instead of angle brackets',
  isReadOnly: false,
  covers: markdownFields,
  find(text) {
    const isCode = touches(codeRanges(text));
    return shortcodesIn(text).flatMap((shortcode): TextFinding[] => {
      const [, linkText] = shortcode.positional;
      if (shortcode.name !== 'resource_link' || shortcode.isClosing || linkText === undefined || isCode(shortcode.start, shortcode.end)) return [];
      const arrow = ARROW.exec(linkText);
      if (arrow === null) return [];
      const replacement = withLinkText(shortcode, `${arrow[1] === undefined ? '»' : '«'} ${linkText.slice(arrow[0].length)}`.trimEnd());
      return [{ start: shortcode.start, end: shortcode.end, replacement, note: replacement === null ? 'left as it is: its text cannot stand in a shortcode' : 'an arrow instead of angle brackets' }];
    });
  },
};
