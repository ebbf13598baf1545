import type { ContentItem } from './contentItem.ts';
import { isUuid } from './isUuid.ts';

/** The instructors a course names in its metadata (uuids), each once. */
export function instructorsOf(courseJson: string): string[] {
  let course: unknown;
  try {
    course = JSON.parse(courseJson);
  } catch {
    // Hugo says it better, with the place; a course that cannot be read names nobody.
    return [];
  }
  return instructorsOfMetadata(course);
}

/** The instructors named in a course's metadata (uuids), each once. */
export function instructorsOfMetadata(metadata: unknown): string[] {
  if (typeof metadata !== 'object' || metadata === null || !('instructors' in metadata)) return [];
  const relation = metadata.instructors;
  if (typeof relation !== 'object' || relation === null || !('content' in relation)) return [];
  const content: unknown[] = Array.isArray(relation.content) ? relation.content : [relation.content];
  const ids = content.map((entry): unknown => (Array.isArray(entry) ? (entry as unknown[])[0] : entry));
  return [...new Set(ids.filter((id): id is string => typeof id === 'string' && isUuid(id)))];
}

/**
 * The root site's item for an instructor, from the JSON a build reads (`{"data": {"title", "first_name", …}}`).
 * @throws {Error} when the text is no such JSON.
 */
export function instructorItem(uuid: string, text: string): ContentItem {
  const parsed: unknown = JSON.parse(text);
  const data = typeof parsed === 'object' && parsed !== null && 'data' in parsed ? parsed.data : parsed;
  if (typeof data !== 'object' || data === null) throw new Error(`Instructor ${uuid} has no data`);
  const fields = data as Record<string, unknown>;
  const textOf = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
  const title = textOf('title') || [textOf('first_name'), textOf('last_name')].filter((part) => part !== '').join(' ');
  return {
    textId: uuid,
    type: 'instructor',
    title,
    dirpath: 'content/instructors',
    filename: uuid,
    isPageContent: true,
    metadata: { first_name: textOf('first_name'), last_name: textOf('last_name'), middle_initial: textOf('middle_initial'), salutation: textOf('salutation') },
    markdown: '',
    file: null,
  };
}
