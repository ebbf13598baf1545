import { pickerTabs as words } from '../../words/markdown.ts';
import type { PickKind } from './markdownWorld.ts';
import type { MarkdownRules } from './markdownRules.ts';

/** One tab of the picker: what it asks the API for. */
export interface PickerTab {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly resourcetype?: 'Image' | 'Video' | 'Document' | 'Other';
}

const resources: readonly PickerTab[] = [
  { id: 'documents', label: words.documents, type: 'resource', resourcetype: 'Document' },
  { id: 'videos', label: words.videos, type: 'resource', resourcetype: 'Video' },
  { id: 'images', label: words.images, type: 'resource', resourcetype: 'Image' },
  { id: 'other', label: words.otherFiles, type: 'resource', resourcetype: 'Other' },
];

const labels: Readonly<Record<string, string>> = words.labels;

/** A kind of content as a heading: what the labels do not know is told by its own name. */
function labelOf(type: string): string {
  const label = Object.hasOwn(labels, type) ? labels[type] : undefined;
  return label ?? (type.charAt(0).toUpperCase() + type.slice(1)).replaceAll(/[-_]/g, ' ');
}

/** The tabs for what a field may link to or show. Only films and pictures can be shown in a text. */
export function pickerTabs(kind: PickKind, { link, embed }: Pick<MarkdownRules, 'link' | 'embed'>): PickerTab[] {
  const types = kind === 'link' ? link : embed;
  return types.flatMap((type): readonly PickerTab[] => {
    if (type !== 'resource') return [{ id: type, label: labelOf(type), type }];
    return kind === 'link' ? resources : resources.filter(({ resourcetype }) => resourcetype === 'Image' || resourcetype === 'Video');
  });
}
