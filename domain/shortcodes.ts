import { scanShortcodes } from './markdown/shortcodes.ts';

/** One call of a Hugo shortcode in a text. */
export interface Shortcode {
  readonly name: string;
  /** `{{< … >}}` or `{{% … %}}`. */
  readonly delimiter: '<' | '%';
  /** `{{< /name >}}` */
  readonly isClosing: boolean;
  /** `{{< name />}}` */
  readonly isSelfClosing: boolean;
  readonly positional: readonly string[];
  readonly named: Readonly<Record<string, string>>;
  /** Where it begins and ends in the text, in UTF-16 units; the end is the first unit after it. */
  readonly start: number;
  readonly end: number;
}

/**
 * The shortcodes of a text in their order, read as Hugo reads them: quotes pair up, so that a delimiter inside of one
 * ends nothing and a shortcode inside of one is part of the value; what is commented out or never ends is none.
 */
export function shortcodesIn(text: string): Shortcode[] {
  return scanShortcodes(text)
    .filter(({ isBroken }) => !isBroken)
    .map(({ name, form, isClosing, isSelfClosing, params, from, to }) => ({
      name,
      delimiter: form === 'angle' ? '<' : '%',
      isClosing,
      isSelfClosing,
      positional: params.filter(({ key }) => key === null).map(({ value }) => value),
      named: Object.fromEntries(params.flatMap(({ key, value }) => (key === null ? [] : [[key, value]]))),
      start: from,
      end: to,
    }));
}
