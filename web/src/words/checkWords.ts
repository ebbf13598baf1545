import { counted } from '#domain/counted.ts';
import type { BuiltFinding, PageCheck } from '../features/preview/pageCheck.ts';

/** What axe’s rules mean for who writes a page, and what to do: of those that a text can break. Others are said in axe’s own words. */
const sentences = new Map<string, string>(Object.entries({
  'image-alt': 'A picture has no alternative text: who cannot see it learns nothing of it. Say what it shows.',
  'svg-img-alt': 'A drawing has no text that says what it shows.',
  'role-img-alt': 'A drawing has no text that says what it shows.',
  'object-alt': 'An embedded file has no text that says what it is.',
  'area-alt': 'A part of a picture that is a link has no text.',
  'input-image-alt': 'A button that is a picture has no alternative text.',
  'link-name': 'A link has no text that a screen reader could say. Give it the name of what it leads to.',
  'button-name': 'A button has no name.',
  'link-in-text-block': 'A link looks like the text around it: only its colour tells them apart.',
  'frame-title': 'An embedded page has no title, so a screen reader cannot say what it is. Give the iframe a title.',
  'frame-title-unique': 'Two embedded pages have the same title.',
  'color-contrast': 'A text is hard to read on its ground: the colours are too much alike.',
  'document-title': 'The page has no title.',
  'html-has-lang': 'The page does not say in which language it is.',
  'html-lang-valid': 'The page names a language that does not exist.',
  'valid-lang': 'A part of the text names a language that does not exist.',
  'empty-table-header': 'A header cell of a table is empty.',
  'td-headers-attr': 'A cell of a table names a header that is not there.',
  'th-has-data-cells': 'A header of a table belongs to no cells.',
  list: 'A list holds something that is no list item.',
  listitem: 'A list item stands outside of a list.',
  'definition-list': 'A list of terms holds something that is neither a term nor what it means.',
  dlitem: 'A term stands outside of a list of terms.',
  label: 'A field has no label.',
  'select-name': 'A choice has no label.',
  'video-caption': 'A video has no captions: who cannot hear it misses all that is said.',
  'no-autoplay-audio': 'Something starts to sound by itself and cannot be stopped.',
  blink: 'A text blinks, which some readers cannot bear.',
  marquee: 'A text moves by itself, which some readers cannot follow.',
  'meta-refresh': 'The page loads itself again after a while.',
  'meta-viewport': 'The page cannot be made larger.',
  'duplicate-id-aria': 'Two places have the same id, so a name is read at the wrong one.',
  'nested-interactive': 'A control stands inside another one, so only one of them can be reached.',
  'scrollable-region-focusable': 'A part that scrolls cannot be reached by keyboard.',
  'target-size': 'A link or button is too small to be hit, or too close to the next.',
}));

/** What a rule found, in a sentence or two. */
export function findingSentence({ rule, help }: Pick<BuiltFinding, 'rule' | 'help'>): string {
  return sentences.get(rule) ?? (help === '' ? `A rule for readers with a disability is broken: ${rule}.` : `${help.replace(/[.]$/, '')}.`);
}

/** Why a page could not be checked. */
export const whyNot: Readonly<Record<Extract<PageCheck, { state: 'failed' }>['why'], string>> = {
  unloaded: 'The check could not be loaded into the page. Check your connection, then try again.',
  fault: 'The check broke off on this page. Look at the page by keyboard and with a screen reader instead.',
  silent: 'The page did not answer the check. Try again when it is shown.',
};

/** How many places were found in what was written. */
export const countOf = (findings: readonly BuiltFinding[]): number => findings.reduce((sum, { count }) => sum + count, 0);

/** What the theme is to blame for, in one line; undefined when that is nothing. */
export function themeSentence(findings: readonly Pick<BuiltFinding, 'rule' | 'help' | 'inTheme'>[], pages = 1): string | undefined {
  const theirs = findings.filter(({ inTheme }) => inTheme > 0);
  const places = theirs.reduce((sum, { inTheme }) => sum + inTheme, 0);
  if (places === 0) return undefined;
  const rules = [...new Set(theirs.map(({ rule, help }) => (help === '' ? rule : help.replace(/[.]$/, ''))))];
  return `${counted(places, 'place')} outside of the text ${places === 1 ? 'comes' : 'come'} from the theme, not from what was written${pages > 1 ? `, on ${pages.toLocaleString('en-US')} pages together` : ''}: ${rules.slice(0, 3).join('; ')}${rules.length > 3 ? `; and ${rules.length - 3} more rules` : ''}.`;
}

/** What a check of one page came to, with as many places that its text alone tells of. */
export function checkSentence(check: PageCheck, inText = 0): string {
  if (check.state === 'failed') return whyNot[check.why];
  if (check.status !== null && check.status >= 400) return 'There is no page at this address yet, so nothing was checked.';
  const found = countOf(check.findings) + inText;
  return found === 0 ? 'Nothing was found in what is written here. A check by machine finds about half of what readers stumble over.' : `${counted(found, 'place')} on this page would leave somebody out.`;
}
