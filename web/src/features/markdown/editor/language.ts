import { defineLanguageFacet, Language, LanguageSupport } from '@codemirror/language';
import { type InlineContext, type MarkdownConfig, parser, Strikethrough, Table } from '@lezer/markdown';
import { findMath } from '#domain/markdown/math.ts';
import { scanShortcodes } from '#domain/markdown/shortcodes.ts';

interface Ends {
  readonly shortcodes: ReadonlyMap<number, number>;
  readonly formulas: ReadonlyMap<number, number>;
}

/** Where the shortcodes and formulas of a block of text end, by where they begin; read once per block. */
const known = new WeakMap<InlineContext, Ends>();

function endsOf(block: InlineContext): Ends {
  const before = known.get(block);
  if (before !== undefined) return before;
  const text = block.slice(block.offset, block.end);
  const places = (spans: readonly { readonly from: number; readonly to: number }[]): Map<number, number> => new Map(spans.map(({ from, to }) => [block.offset + from, block.offset + to]));
  const ends = { shortcodes: places(scanShortcodes(text).filter(({ isBroken }) => !isBroken)), formulas: places(findMath(text)) };
  known.set(block, ends);
  return ends;
}

/** Shortcodes and formulas are one thing each to the parser: stars and underlines inside mark nothing. */
const ofCourses: MarkdownConfig = {
  defineNodes: ['Shortcode', 'Math'],
  parseInline: [
    {
      name: 'Shortcode',
      before: 'Escape',
      parse: (block, next, at) => {
        if (next !== 0x7b) return -1;
        const end = endsOf(block).shortcodes.get(at);
        return end === undefined ? -1 : block.addElement(block.elt('Shortcode', at, end));
      },
    },
    {
      name: 'Math',
      before: 'Escape',
      parse: (block, next, at) => {
        if (next !== 0x5c) return -1;
        const end = endsOf(block).formulas.get(at);
        return end === undefined ? -1 : block.addElement(block.elt('Math', at, end));
      },
    },
  ],
};

/** Markdown as Hugo reads it, with what courses add. */
export const markdownParser = parser.configure([Table, Strikethrough, ofCourses]);

export const markdownSupport = new LanguageSupport(new Language(defineLanguageFacet({ commentTokens: { block: { open: '<!--', close: '-->' } } }), markdownParser, [], 'markdown'));
