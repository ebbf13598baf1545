import { shortcodeFormOf } from '#domain/markdown/shortcodeForms.ts';
import type { ShortcodeSpan } from '#domain/markdown/shortcodes.ts';

const MAX_DETAIL = 60;

/** What people call a shortcode. */
export function shortcodeName(span: ShortcodeSpan): string {
  const { label, hasText, age } = shortcodeFormOf(span);
  return span.isClosing && (hasText || age === 'unknown') ? `End: ${label}` : label;
}

/** Its parameters in short, behind its name on the chip. */
export function shortcodeDetail(span: ShortcodeSpan): string {
  const { params } = shortcodeFormOf(span);
  const text = span.params
    .map(({ key, value }) => {
      const label = params.find(({ name }) => name === key)?.label;
      return key === null ? value : `${label ?? key}: ${value}`;
    })
    .join(', ');
  return text.length > MAX_DETAIL ? `${text.slice(0, MAX_DETAIL - 1)}…` : text;
}
