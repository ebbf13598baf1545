import { describeLink } from './describeLink.ts';
import { linkRule } from './linkRewriting.ts';

/** Lists every link and image with where it leads, and changes nothing. */
export const linkLogging = linkRule({
  name: 'link_logging',
  title: 'Lists every link and where it leads',
  isReadOnly: true,
  covers: () => true,
  decide: (link, { site }) => ({ replacement: null, note: `${link.isImage ? 'image' : 'link'}: ${describeLink(link.url, site).words}` }),
});
