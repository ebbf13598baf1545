import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { markdownSupport } from '../../web/src/features/markdown/editor/language.ts';
import { type LinkParts, linkParts } from '../../web/src/features/markdown/editor/linkParts.ts';

/** The parts of the first link or picture of a text. */
function partsIn(text: string): LinkParts | undefined {
  const state = EditorState.create({ doc: text, extensions: [markdownSupport] });
  let found: LinkParts | undefined;
  ensureSyntaxTree(state, text.length, 10_000)?.iterate({
    enter: ({ name, node }) => {
      if (name === 'Link' || name === 'Image') found ??= linkParts(state, node);
    },
  });
  return found;
}

test.each([
  ['[a](b)', 'b'],
  ['[a]({{< baseurl >}}/pages/x)', '{{< baseurl >}}/pages/x'],
  ['![a]({{< resource_file "x >}} y" >}}{{% b %}} "title")', '{{< resource_file "x >}} y" >}}{{% b %}}'],
  ['[a](b(c)d)', 'b(c)d'],
])('the address of %s', (text, address) => {
  const found = partsIn(text);
  expect(found === undefined ? undefined : text.slice(found.address.from, found.address.to)).toBe(address);
});

// A pattern that tries every way to cut such an address never ends.
test.each(['{{<>}}', '{{< a >}}', '{{< "', '(', '(a)'])('a link that repeats %s and never ends has none', (unit) => {
  expect(partsIn(`[a](${unit.repeat(Math.floor(1_900 / unit.length))} x`)).toBeUndefined();
});
