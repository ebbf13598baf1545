import { WidgetType } from '@codemirror/view';
import type { Table } from '#domain/markdown/tableModel.ts';
import { tableWidget as words } from '../../../../words/markdown.ts';
import { inlineText } from '../inlineText.ts';
import { buttonInText, openPanelOf } from './openPanel.ts';

/** A table as the grid that readers see. */
export class TableWidget extends WidgetType {
  private readonly source: string;
  private readonly table: Table;

  constructor(source: string, table: Table) {
    super();
    this.source = source;
    this.table = table;
  }

  /** The same words are the same table, wherever they stand. */
  override eq(other: TableWidget): boolean {
    return other.source === this.source;
  }

  toDOM(): HTMLElement {
    const frame = document.createElement('div');
    frame.className = 'md-table';
    const grid = frame.appendChild(document.createElement('table'));
    for (const { cells } of this.table.rows) {
      const row = grid.appendChild(document.createElement('tr'));
      for (const cell of cells) {
        if (cell.isCovered || cell.column >= this.table.columns) continue;
        const element = row.appendChild(document.createElement(cell.isHeading ? 'th' : 'td'));
        if (cell.colspan > 1) element.setAttribute('colspan', String(cell.colspan));
        if (cell.rowspan > 1) element.setAttribute('rowspan', String(cell.rowspan));
        element.append(inlineText(cell.text));
      }
    }
    const button = frame.appendChild(buttonInText('table', 'md-table-edit', words.changeTable));
    button.textContent = words.changeTable;
    grid.addEventListener('mousedown', (event) => event.preventDefault());
    grid.addEventListener('click', () => openPanelOf(frame, 'table'));
    return frame;
  }

  override get estimatedHeight(): number {
    return 24 + this.table.rows.length * 30;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
