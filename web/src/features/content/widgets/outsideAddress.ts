/** Why a text is no address that a menu can lead to; undefined when it is one. */
export function addressFault(text: string): string | undefined {
  const address = text.trim();
  if (address === '') return 'Type the address first, such as https://example.org/page.';
  if (!URL.canParse(address)) return 'This is no whole address. It begins with https:// or http://.';
  return /^https?:$/.test(new URL(address).protocol) ? undefined : 'An address begins with https:// or http://.';
}
