import { paramOf, setParam, type ShortcodeSpan, writeValue } from './shortcodes.ts';
import type { Splice } from './splice.ts';

export type ParamKind = 'text' | 'boolean' | 'uuid' | 'url' | 'number';

/** One parameter of a shortcode as a field of a form. */
export interface ParamForm {
  readonly name: string;
  /** Its place among the parameters without a name, where the theme reads it so; null when only the name counts. */
  readonly place: number | null;
  readonly label: string;
  readonly kind: ParamKind;
  readonly help: string;
  readonly isRequired: boolean;
}

/** A shortcode as people meet it: its name, and its parameters as a form. */
export interface ShortcodeForm {
  readonly name: string;
  readonly label: string;
  /** What readers get of it. */
  readonly help: string;
  readonly form: ShortcodeSpan['form'];
  /** Whether it stands around a text and is closed by another. */
  readonly hasText: boolean;
  /** `new` is what the studio inserts; the others are kept and can be changed, and come from older courses and themes. */
  readonly age: 'new' | 'legacy' | 'theme' | 'unknown';
  readonly params: readonly ParamForm[];
}

type Extras = Partial<Pick<ParamForm, 'help' | 'kind'>> & { readonly optional?: true };

/** A parameter that the theme reads by its name alone. */
function named(name: string, label: string, { help = '', kind = 'text', optional }: Extras = {}): ParamForm {
  return { name, place: null, label, kind, help, isRequired: optional !== true };
}

/** A parameter that the theme reads by its place, too. */
function placed(place: number, name: string, label: string, extras: Extras = {}): ParamForm {
  return { ...named(name, label, extras), place };
}

type Row = readonly [name: string, label: string, help: string, params?: readonly ParamForm[], more?: { readonly form?: 'percent'; readonly hasText?: true }];

const spans: readonly ParamForm[] = [
  named('colspan', 'Columns', { kind: 'number', optional: true, help: 'How many columns the cell reaches over.' }),
  named('rowspan', 'Rows', { kind: 'number', optional: true, help: 'How many rows the cell reaches over.' }),
];

const newRows: readonly Row[] = [
  ['resource_link', 'Link', 'A link to a page, a resource or an external resource.', [
    placed(0, 'uuid', 'Links to', { kind: 'uuid' }),
    placed(1, 'text', 'Text', { help: 'What readers click on.' }),
    placed(2, 'suffix', 'Part of the page', { optional: true, help: 'Put behind the address, such as #section-2.' }),
  ], { form: 'percent' }],
  ['resource', 'Picture or video', 'Shows a picture or a video of the site.', [
    placed(0, 'uuid', 'Resource', { kind: 'uuid' }),
    named('href', 'Leads to an address', { kind: 'url', optional: true, help: 'Where a click on the picture leads.' }),
    named('href_uuid', 'Leads to an item', { kind: 'uuid', optional: true, help: 'A page or resource that a click on the picture leads to.' }),
  ]],
  ['tableopen', 'Start of a table', ''],
  ['tableclose', 'End of a table', ''],
  ['theadopen', 'Start of the heading rows', ''],
  ['theadclose', 'End of the heading rows', ''],
  ['tbodyopen', 'Start of the rows', ''],
  ['tbodyclose', 'End of the rows', ''],
  ['tfootopen', 'Start of the closing rows', ''],
  ['tfootclose', 'End of the closing rows', ''],
  ['tropen', 'Start of a row', ''],
  ['trclose', 'End of a row', ''],
  ['thopen', 'Start of a heading cell', '', spans],
  ['thclose', 'End of a heading cell', ''],
  ['tdopen', 'Start of a cell', '', spans],
  ['tdclose', 'End of a cell', ''],
];

const legacyRows: readonly Row[] = [
  ['quiz_multiple_choice', 'Question', 'A question with answers to choose from.', [named('questionId', 'Name of the question', { help: 'Tells this question from others of the page.' })], { hasText: true }],
  ['quiz_choices', 'Answers', 'The answers of a question.', [], { hasText: true }],
  ['quiz_choice', 'Answer', 'One answer of a question.', [named('isCorrect', 'Right answer', { kind: 'boolean' })], { hasText: true }],
  ['quiz_solution', 'Solution', 'Shown to readers who ask for the answer.', [], { hasText: true }],
  ['resource_file', 'Address of a file', 'The address of a resource’s file, for a picture or a link.', [placed(0, 'uuid', 'Resource', { kind: 'uuid' })]],
  ['video-gallery', 'Video gallery', 'Shows the videos of a gallery of the site.', [placed(0, 'uuid', 'Gallery', { kind: 'uuid' })]],
  ['youtube', 'YouTube video', 'Plays a video of YouTube.', [placed(0, 'id', 'Id of the video', { help: 'The letters and digits behind “v=” in its address.' })]],
  ['anchor', 'Place to link to', 'Links may lead to this place of the page.', [placed(0, 'name', 'Name', { help: 'Links lead here with # and this name; spaces count as hyphens.' })], { hasText: true }],
  ['approx-students', 'Number of students', 'Says how many students took the course, about.', [placed(0, 'number', 'Number', { kind: 'number' })]],
  ['br', 'Line break', 'What follows stands on the next line.'],
  ['div-with-class', 'Block with a class', 'A block that the theme gives a look of its own.', [placed(0, 'class', 'Class', { help: 'As the theme names it.' })], { hasText: true }],
  ['fullwidth-cell', 'Cell over all columns', 'A cell of a table as wide as the table.', [], { hasText: true }],
  ['h', 'Heading', 'A heading, for places where Markdown has none, such as cells.', [placed(0, 'level', 'Level', { kind: 'number', help: 'From 2, the largest, to 6.' })], { hasText: true }],
  ['image-gallery', 'Picture gallery', 'Shows pictures side by side.', [
    named('id', 'Name of the gallery', { help: 'Tells this gallery from others of the page.' }),
    named('baseUrl', 'Address before all pictures', { kind: 'url', optional: true }),
  ], { hasText: true }],
  ['image-gallery-item', 'Picture of a gallery', 'One picture of a gallery.', [
    named('href', 'File', { kind: 'url', help: 'Put behind the address of the gallery.' }),
    named('text', 'Caption', { optional: true, help: 'May hold Markdown and shortcodes.' }),
    named('data-ngdesc', 'Description', { optional: true, help: 'Read to those who cannot see the picture.' }),
  ]],
  ['quote', 'Quotation', 'A quotation with its author.', [placed(0, 'text', 'Words'), placed(1, 'author', 'Author', { optional: true })]],
  ['simplecast', 'Podcast', 'Plays an episode of Simplecast.', [placed(0, 'id', 'Id of the episode', { help: 'As it stands in its address at Simplecast.' })]],
  ['sub', 'Subscript', 'Small and below the line.', [placed(0, 'text', 'Text')]],
  ['sup', 'Superscript', 'Small and above the line.', [placed(0, 'text', 'Text')]],
  ['baseurl', 'Address of the site', 'The beginning of an address within this site.'],
];

const themeRows: readonly Row[] = [
  ['td-colspan', 'Cell over several columns', 'A cell of a pipe table that reaches over the empty cells behind it.', [placed(0, 'colspan', 'Columns', { kind: 'number' })], { hasText: true }],
  ['underline', 'Underlined', 'Text with a line below it.', [], { hasText: true }],
  ['external_resource_link', 'Link to another site', 'A link to an external resource of the site.', [placed(0, 'uuid', 'Links to', { kind: 'uuid' }), placed(1, 'text', 'Text', { help: 'What readers click on.' })]],
];

function formsOf(rows: readonly Row[], age: ShortcodeForm['age']): ShortcodeForm[] {
  return rows.map(([name, label, help, params = [], more]): ShortcodeForm => ({ name, label, help, form: more?.form ?? 'angle', hasText: more?.hasText ?? false, age, params }));
}

/** Every shortcode that the studio knows. */
export const shortcodeForms: readonly ShortcodeForm[] = [...formsOf(newRows, 'new'), ...formsOf(legacyRows, 'legacy'), ...formsOf(themeRows, 'theme')];
const byName = new Map(shortcodeForms.map((form) => [form.name, form]));

/**
 * The form of a shortcode in a text. What the studio does not know is shown with the parameters it has, under their own
 * names; so are further parameters of what it knows.
 */
export function shortcodeFormOf(span: ShortcodeSpan): ShortcodeForm {
  const known = byName.get(span.name) ?? { name: span.name, label: span.name, help: 'The studio does not know this shortcode. It stays as it is.', form: span.form, hasText: false, age: 'unknown', params: [] };
  const params = span.isClosing ? [] : [...known.params, ...furtherParams(span, known)];
  return { ...known, form: span.form, params };
}

function furtherParams(span: ShortcodeSpan, known: ShortcodeForm): ParamForm[] {
  const further: ParamForm[] = [];
  let place = 0;
  for (const { key } of span.params) {
    if (key === null) {
      if (!known.params.some((param) => param.place === place)) further.push(placed(place, '', `Value ${place + 1}`, { optional: true }));
      place += 1;
    } else if (![...known.params, ...further].some((param) => param.name === key)) further.push(named(key, key, { optional: true }));
  }
  return further;
}

/** By what `setParam` finds a parameter of the form in this shortcode: its name, or its place where the others have no name. */
export function keyOfParam(span: ShortcodeSpan, param: ParamForm): string | number {
  if (param.place === null) return param.name;
  if (param.name === '' || span.params.some(({ key }) => key === null)) return param.place;
  // One without parameters gets what the studio itself writes: a name for a picture’s, places for the others’.
  return span.params.length > 0 || span.name === 'resource' ? param.name : param.place;
}

/** The value that a shortcode has for a parameter of its form; an empty text when it has none. */
export function valueOfParam(span: ShortcodeSpan, param: ParamForm): string {
  return paramOf(span, keyOfParam(span, param))?.value ?? '';
}

/**
 * The changes that give a parameter of the form this value; an empty one that nobody asks for is left out. Hugo refuses
 * parameters with and without names side by side, so that those without get theirs when one is added that has only a name.
 */
export function setFormParam(text: string, span: ShortcodeSpan, param: ParamForm, value: string): readonly Splice[] {
  const key = keyOfParam(span, param);
  if (valueOfParam(span, param) === value) return [];
  const change = setParam(text, span, key, value === '' && !param.isRequired ? null : value);
  if (typeof key === 'number' || value === '' || paramOf(span, key) !== undefined) return [change];
  return [...nameParams(span), change];
}

function nameParams(span: ShortcodeSpan): Splice[] {
  const { params } = shortcodeFormOf(span);
  return span.params
    .filter((param) => param.key === null)
    .map(({ value, from, to }, place) => {
      const name = params.find((param) => param.place === place)?.name ?? '';
      const { quote, inner } = writeValue(value);
      return { from, to, insert: name === '' ? `${quote}${inner}${quote}` : `${name}=${quote}${inner}${quote}` };
    });
}
