import type { Locator } from 'playwright-core';
import { scanShortcodes, type ShortcodeParam, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';
import type { EditorTab } from '../../web/support/editorTab.ts';
import { chooseParagraph, chooseShortcode, numberOf, splitFile } from './chooseText.ts';

/** What was tried with the files of a directory. */
export interface EditorReport {
  readonly files: number;
  /** Files whose body is not empty. */
  readonly withBody: number;
  readonly opened: number;
  readonly edited: number;
  readonly chips: number;
  readonly failures: readonly { readonly path: string; readonly what: 'open' | 'edit' | 'chip'; readonly reason: string }[];
}

const TYPED = 'zq';
const ADDED = ' edited';
const OTHER_UUID = '00000000-0000-4000-8000-0000000000aa';

/** Opens every file in the editor, changes one paragraph of it by keyboard and one shortcode by its form, and says what else changed. */
export async function runEditorConformance(editor: EditorTab, files: readonly { readonly path: string; readonly bytes: Buffer }[], options: { readonly progress?: (done: number) => void } = {}): Promise<EditorReport> {
  const failures: EditorReport['failures'][number][] = [];
  const counts = { withBody: 0, opened: 0, edited: 0, chips: 0 };
  for (const [index, { path, bytes }] of files.entries()) {
    const text = bytes.toString('utf8');
    const { body } = splitFile(text);
    const seed = numberOf(path);
    const check = async (what: 'open' | 'edit' | 'chip', work: () => Promise<string | undefined>): Promise<void> => {
      const reason = await work().catch((error: unknown) => String(error).split('\n')[0] ?? '');
      const complaint = editor.complaints.splice(0).join('; ');
      const fault = reason ?? (complaint === '' ? undefined : `the browser told of ${complaint}`);
      if (fault !== undefined) failures.push({ path, what, reason: fault });
    };
    if (body.trim() !== '') counts.withBody += 1;
    // The whole file as well: front matter is text like any other to an editor that changes nothing.
    await check('open', async () => {
      if (!Buffer.from(text, 'utf8').equals(bytes)) return 'the file is no UTF-8';
      return (await opened(editor, text)) ?? opened(editor, body);
    });
    counts.opened += 1;
    await check('edit', () => edited(editor, body, seed));
    counts.edited += 1;
    const span = chooseShortcode(body, seed);
    if (span !== undefined) {
      await check('chip', () => chipChanged(editor, body, span));
      counts.chips += 1;
    }
    options.progress?.(index + 1);
  }
  return { files: files.length, ...counts, failures };
}

async function opened(editor: EditorTab, text: string): Promise<string | undefined> {
  await editor.open(text);
  await editor.select(0);
  await editor.tab.keyboard.press('Control+End');
  if ((await editor.saved()) !== text) return 'opened and left alone, another text would be saved';
  return (await editor.documentText()) === text ? undefined : 'the editor holds another text than it was given';
}

async function edited(editor: EditorTab, text: string, seed: number): Promise<string | undefined> {
  const { at, from, to } = chooseParagraph(text, seed);
  await editor.open(text);
  await editor.select(at);
  await editor.tab.keyboard.type(TYPED);
  const saved = await editor.saved();
  if (saved.slice(0, from) !== text.slice(0, from) || saved.slice(to + TYPED.length) !== text.slice(to)) return `something outside of the paragraph at ${from} changed`;
  if (saved !== text.slice(0, at) + TYPED + text.slice(at)) return `what was typed at ${at} is not all that changed`;
  // Letters that came slowly are undone one by one.
  for (let step = 0; step < TYPED.length && (await editor.saved()) !== text; step += 1) await editor.tab.keyboard.press('Control+z');
  return (await editor.saved()) === text ? undefined : 'undone, the text is not what it was';
}

async function chipChanged(editor: EditorTab, text: string, span: ShortcodeSpan): Promise<string | undefined> {
  const { tab } = editor;
  await editor.open(text);
  await editor.select(span.from);
  await tab.keyboard.press('Alt+Enter');
  const form = tab.locator('.head section');
  await form.waitFor();
  const fields = await fieldsOf(form, span);
  const field = fields.find(({ kind }) => kind !== 'DIV') ?? fields[0];
  if (field === undefined) return 'its form has no field for any parameter';
  const { param, control, kind } = field;
  const wanted = kind === 'DIV' ? OTHER_UUID : kind === 'SELECT' ? (param.value === 'true' ? 'false' : 'true') : `${param.value}${ADDED}`;
  if (kind === 'DIV') {
    await editor.willPick({ uuid: OTHER_UUID, title: 'Another' });
    await control.getByRole('button').click();
    await control.getByText('Another', { exact: true }).waitFor();
  } else if (kind === 'SELECT') {
    await control.selectOption(wanted);
  } else {
    const shown = await control.inputValue();
    if (oneLine(shown) !== oneLine(param.value)) return `the form shows ‘${shown}’ for ‘${param.value}’`;
    await control.fill(wanted);
  }
  await form.getByRole('button', { name: 'Change it' }).click();
  await form.waitFor({ state: 'detached' });
  const saved = await editor.saved();
  const tail = text.length - param.to;
  if (saved.slice(0, param.from) !== text.slice(0, param.from) || saved.slice(saved.length - tail) !== text.slice(param.to)) return `more than the parameter at ${param.from} changed`;
  const now = scanShortcodes(saved).find(({ from }) => from === span.from)?.params[span.params.indexOf(param)]?.value;
  return now !== undefined && oneLine(now) === oneLine(wanted) ? undefined : `the parameter reads ‘${now ?? ''}’, not ‘${wanted}’`;
}

const oneLine = (value: string): string => value.replace(/\s*[\r\n]+\s*/g, ' ').trim();

/** The fields of the form, each with the parameter it is for. */
async function fieldsOf(form: Locator, span: ShortcodeSpan): Promise<{ readonly param: ShortcodeParam; readonly control: Locator; readonly kind: string }[]> {
  const fields: Awaited<ReturnType<typeof fieldsOf>> = [];
  let place = 0;
  for (const param of span.params) {
    const control = form.locator(`[data-param=${JSON.stringify(param.key ?? String(place))}]`);
    if (param.key === null) place += 1;
    if ((await control.count()) === 1) fields.push({ param, control, kind: await control.evaluate(({ tagName }) => tagName) });
  }
  return fields;
}

/** The report as lines, the failures first. */
export function editorReportLines({ files, withBody, opened: tried, edited: changed, chips, failures }: EditorReport): string[] {
  const failed = (what: string): number => failures.filter((failure) => failure.what === what).length;
  return [
    ...failures.map(({ path, what, reason }) => `${path}: ${what}: ${reason}`),
    `${files} files, ${withBody} with a text`,
    `opened and saved without an edit: ${tried - failed('open')} of ${tried} byte-equal`,
    `edited in one paragraph: ${changed - failed('edit')} of ${changed} changed there only`,
    `one parameter of a shortcode: ${chips - failed('chip')} of ${chips} changed there only`,
  ];
}
