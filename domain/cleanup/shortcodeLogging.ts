import { shortcodesIn } from '../shortcodes.ts';
import type { TextRule } from './cleanupRule.ts';

/** Lists every shortcode with its name and parameters, and changes nothing. */
export const shortcodeLogging: TextRule = {
  kind: 'text',
  name: 'shortcode_logging',
  title: 'Lists every shortcode',
  isReadOnly: true,
  covers: () => true,
  find: (text) =>
    shortcodesIn(text).map((shortcode) => ({
      start: shortcode.start,
      end: shortcode.end,
      replacement: null,
      note: [`${shortcode.isClosing ? '/' : ''}${shortcode.name}`, shortcode.delimiter === '%' ? 'as Markdown' : 'as HTML', `${shortcode.positional.length + Object.keys(shortcode.named).length} parameters`].join(', '),
    })),
};
