import { outsideAddressLogic as words } from '../../../words/widgets.ts';

/** Why a text is no address that a menu can lead to; undefined when it is one. */
export function addressFault(text: string): string | undefined {
  const address = text.trim();
  if (address === '') return words.typeAddressFirstSuch;
  if (!URL.canParse(address)) return words.thisIsNoWholeAddress;
  return /^https?:$/.test(new URL(address).protocol) ? undefined : words.addressBeginsWithHttpsOrHttp;
}
