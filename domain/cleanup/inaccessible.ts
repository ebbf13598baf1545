import { linkRule, markdownFields } from './linkRewriting.ts';

/** The mark is misspelled in the content; the right spelling is the same mark. */
const MARK = /^(?:\{\{[<%]\s*baseurl\s*[>%]\}\})?\/images\/inacc?essible\.gif$/;

/**
 * Takes out the mark with which the system before said that a file may not suit a screen reader: an image that is not
 * there any more.
 * `![This resource may not render correctly in a screen reader.](/images/inacessible.gif)[Exam (PDF)](…)` becomes `[Exam (PDF)](…)`.
 * Left alone: every other image, and the mark inside of a link.
 */
export const inaccessible = linkRule({
  name: 'inaccessible',
  title: 'The image that marked files as inaccessible is taken out',
  covers: markdownFields,
  decide(link) {
    if (!link.isImage || !MARK.test(link.url)) return null;
    return link.isInLink ? { replacement: null, note: 'left as it is: it is the text of a link' } : { replacement: '', note: 'taken out' };
  },
});
