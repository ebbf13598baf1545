import { describeLink } from './describeLink.ts';
import { linkRule } from './linkRewriting.ts';

/** Says of every link and image that leads to no page of this installation why it is broken, and changes nothing; other hosts are not asked. */
export const validateUrls = linkRule({
  name: 'validate_urls',
  title: 'Lists the links that lead nowhere',
  isReadOnly: true,
  covers: () => true,
  decide(link, { site }) {
    const described = describeLink(link.url, site);
    return described.isBroken ? { replacement: null, note: `broken: ${described.words}` } : null;
  },
});
