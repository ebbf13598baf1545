import { TABLE_PART } from './pipeTables.ts';
import { paramOf, scanShortcodes, type ShortcodeSpan } from './shortcodes.ts';
import type { Section, SectionSpan, ShortcodeCell, ShortcodeRow, ShortcodeTable } from './tableModel.ts';

/** More columns than this are taken for a mistake, and changed as text. */
const MAX_COLUMNS = 200;

/** The tables in the shortcode form that stand in no other table. Takes time in proportion to the text. */
export function findShortcodeTables(text: string, spans: readonly ShortcodeSpan[] = scanShortcodes(text)): readonly ShortcodeTable[] {
  const parts = spans.filter((span) => !span.isBroken && !span.isClosing && TABLE_PART.test(span.name));
  const ends = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { name }] of parts.entries()) {
    if (name === 'tableopen') open.push(index);
    if (name !== 'tableclose') continue;
    const start = open.pop();
    if (start !== undefined) ends.set(start, index);
  }
  const tables: ShortcodeTable[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const end = ends.get(index);
    if (end === undefined) continue;
    tables.push(readTable(text, withoutInner(parts.slice(index, end + 1))));
    index = end;
  }
  return tables;
}

/** Without the parts of tables that stand in cells: they are text of these. */
function withoutInner(parts: readonly ShortcodeSpan[]): ShortcodeSpan[] {
  let depth = 0;
  return parts.filter(({ name }) => {
    if (name === 'tableclose') depth -= 1;
    const isOuter = depth <= 1 && !(name === 'tableopen' && depth === 1) && !(name === 'tableclose' && depth === 1);
    if (name === 'tableopen') depth += 1;
    return isOuter;
  });
}

interface Draft {
  readonly rows: ShortcodeRow[];
  readonly sections: SectionSpan[];
  readonly occupied: Map<number, { readonly until: number; readonly cell: ShortcodeCell }>;
  columns: number;
  problem: string | undefined;
}

const sectionNames: Readonly<Record<string, Section>> = { thead: 'head', tbody: 'body', tfoot: 'foot' };

function readTable(text: string, parts: readonly ShortcodeSpan[]): ShortcodeTable {
  const [opening] = parts;
  const closing = parts.at(-1);
  if (opening === undefined || closing === undefined) throw new TypeError('A table has a beginning and an end.');
  const draft: Draft = { rows: [], sections: [], occupied: new Map(), columns: 0, problem: undefined };
  let section: { readonly name: string; readonly opening: ShortcodeSpan } | null = null;
  let row: { readonly opening: ShortcodeSpan; readonly cells: [ShortcodeSpan, ShortcodeSpan][] } | null = null;
  let cell: ShortcodeSpan | null = null;
  for (const part of parts.slice(1, -1)) {
    const name = part.name.replace(/(?:open|close)$/, '');
    const isOpening = part.name.endsWith('open');
    if (name === 'td' || name === 'th') {
      if (isOpening && row !== null && cell === null) cell = part;
      else if (!isOpening && row !== null && cell?.name === `${name}open`) {
        row.cells.push([cell, part]);
        cell = null;
      } else draft.problem ??= misplaced(part);
    } else if (cell !== null) draft.problem ??= misplaced(part);
    else if (name === 'tr') {
      if (isOpening && row === null) row = { opening: part, cells: [] };
      else if (!isOpening && row !== null) {
        addRow(text, draft, row.opening, part, row.cells, sectionNames[section?.name ?? ''] ?? 'body');
        row = null;
      } else draft.problem ??= misplaced(part);
    } else if (isOpening && section === null && row === null) section = { name, opening: part };
    else if (!isOpening && section?.name === name && row === null) {
      draft.sections.push({ section: sectionNames[name] ?? 'body', opening: section.opening, closing: part });
      section = null;
      draft.occupied.clear();
    } else draft.problem ??= misplaced(part);
  }
  if (section !== null || row !== null || cell !== null) draft.problem ??= misplaced(closing);
  if (draft.columns > MAX_COLUMNS) draft.problem ??= `This table has over ${MAX_COLUMNS} columns. Change it as text.`;
  const { rows, sections, columns, problem } = draft;
  return { form: 'shortcode', from: opening.from, to: closing.to, columns, rows: clamped(rows, sections), sections, opening, ...(problem === undefined ? {} : { problem }) };
}

function misplaced({ name }: ShortcodeSpan): string {
  return `This table is not put together as it should be: ${name} stands in the wrong place. Change it as text.`;
}

function addRow(text: string, draft: Draft, opening: ShortcodeSpan, closing: ShortcodeSpan, parts: readonly [ShortcodeSpan, ShortcodeSpan][], section: Section): void {
  const { occupied, rows } = draft;
  const row = rows.length;
  const reaching = new Set<ShortcodeCell>();
  for (const [column, { until, cell }] of occupied) {
    if (until > row) reaching.add(cell);
    else occupied.delete(column);
  }
  const cells: ShortcodeCell[] = [];
  let column = 0;
  for (const [open, close] of parts) {
    while (occupied.has(column)) column += 1;
    const cell = readCell(text, open, close, { row, column });
    cells.push(cell);
    column += cell.colspan;
    draft.columns = Math.max(draft.columns, column);
    if (draft.columns > MAX_COLUMNS) continue;
    if (cell.rowspan > 1) for (let taken = cell.column; taken < column; taken += 1) occupied.set(taken, { until: row + cell.rowspan, cell });
  }
  rows.push({ from: opening.from, to: closing.to, section, cells, reaching: [...reaching], opening, closing });
}

function readCell(text: string, opening: ShortcodeSpan, closing: ShortcodeSpan, place: { readonly row: number; readonly column: number }): ShortcodeCell {
  let textFrom = opening.to;
  let textTo = closing.from;
  while (textFrom < textTo && /\s/.test(text.charAt(textFrom))) textFrom += 1;
  while (textTo > textFrom && /\s/.test(text.charAt(textTo - 1))) textTo -= 1;
  if (textFrom === textTo) textFrom = textTo = opening.to;
  return {
    from: opening.from,
    to: closing.to,
    textFrom,
    textTo,
    text: text.slice(textFrom, textTo),
    ...place,
    rowspan: spanOf(opening, 'rowspan'),
    colspan: spanOf(opening, 'colspan'),
    isHeading: opening.name === 'thopen',
    isCovered: false,
    opening,
    closing,
  };
}

function spanOf(opening: ShortcodeSpan, key: string): number {
  const written = paramOf(opening, key)?.value ?? '';
  return /^[1-9]\d{0,4}$/.test(written) ? Number(written) : 1;
}

/** No cell reaches over more rows than its section has. */
function clamped(rows: readonly ShortcodeRow[], sections: readonly SectionSpan[]): ShortcodeRow[] {
  const ends: number[] = [];
  let end = rows.length;
  let index = sections.length - 1;
  let sectionOfNext: SectionSpan | undefined;
  for (let place = rows.length - 1; place >= 0; place -= 1) {
    const row = rows[place];
    if (row === undefined) break;
    while ((sections[index]?.opening.from ?? -1) > row.from) index -= 1;
    const section = (sections[index]?.closing.to ?? -1) > row.from ? sections[index] : undefined;
    if (place < rows.length - 1 && section !== sectionOfNext) end = place + 1;
    sectionOfNext = section;
    ends[place] = end;
  }
  const fixed = new Map<ShortcodeCell, ShortcodeCell>();
  const fix = (cell: ShortcodeCell): ShortcodeCell => {
    const known = fixed.get(cell);
    if (known !== undefined) return known;
    const most = (ends[cell.row] ?? rows.length) - cell.row;
    const result = cell.rowspan > most ? { ...cell, rowspan: most } : cell;
    fixed.set(cell, result);
    return result;
  };
  return rows.map((row) => ({ ...row, cells: row.cells.map(fix), reaching: row.reaching.map(fix) }));
}
