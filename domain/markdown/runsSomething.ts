const named: Readonly<Record<string, string>> = { colon: ':', tab: '\t', newline: '\n' };

/**
 * Whether an address of a link would run something at the reader’s rather than lead somewhere, as a browser reads it in the end: Markdown
 * takes character references and backslashes for what they stand for, and an address is read without the control characters in it.
 */
export function runsSomething(address: string): boolean {
  const read = address
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(colon|tab|newline));?/gi, (whole, decimal: string | undefined, hexadecimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replace(/^[\u0000-\u0020]+|[\t\n\r]/g, '');
  return /^(?:javascript|vbscript|data):/i.test(read);
}
