import { describe, expect, it } from 'vitest';
import { withDefaultValues } from '#domain/defaultValues.ts';
import { configItem } from '#domain/siteConfig.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';

const config = makeSiteConfig((text) =>
  text.replace(
    '  - {name: body, label: Body, widget: markdown}\n',
    `  - {name: body, label: Body, widget: markdown, default: "Write here.\\n"}
  - {name: kind, label: Kind, widget: select, options: [A, B], default: A}
  - {name: flag, label: Flag, widget: boolean, default: false}
  - {name: _build, label: Build, widget: hidden, default: {render: never}}
  - {name: nothing, label: Nothing, widget: string, default: null}
  - {name: none, label: None, widget: string}
  - {name: onlyB, label: Only B, widget: string, default: b, condition: {field: kind, equals: B}}
  - name: image
    label: Image
    widget: object
    fields:
    - {name: caption, label: Caption, widget: string, default: c}
    - {name: credit, label: Credit, widget: string}
`,
  ),
);
const kind = configItem(config, 'page');
if (kind === undefined) throw new Error('The starter has pages');
const made = (given: Parameters<typeof makeContentItem>[0]) => withDefaultValues(kind, makeContentItem({ markdown: null, ...given }));

describe('the defaults of a new item', () => {
  it('stand where nothing was given, and nothing else is made up', () => {
    expect(made({})).toMatchObject({ title: 'Syllabus', markdown: 'Write here.\n' });
    expect(made({}).metadata).toEqual({ kind: 'A', flag: false, _build: { render: 'never' }, image: { caption: 'c' } });
  });

  it('leave alone what was given, also where it is empty or null', () => {
    const given = { kind: '', flag: null, _build: {}, image: { caption: null, more: 1 } };
    expect(made({ metadata: given, markdown: '' })).toMatchObject({ markdown: '', metadata: given });
    expect(made({ metadata: { image: 'none' } }).metadata['image']).toBe('none');
  });

  it('follow the conditions of the starter', () => {
    expect(made({ metadata: { kind: 'B' } }).metadata['onlyB']).toBe('b');
    expect(made({ metadata: { kind: 'A' } }).metadata).not.toHaveProperty('onlyB');
  });

  it('are the item’s own: changing one changes nobody else’s', () => {
    const build = made({}).metadata['_build'] as Record<string, unknown>;
    build['render'] = 'always';
    expect(made({}).metadata['_build']).toEqual({ render: 'never' });
  });
});
