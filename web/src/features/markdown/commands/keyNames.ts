const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const onMac: Readonly<Record<string, string>> = { Mod: '⌘', Alt: '⌥', Shift: '⇧' };
const elsewhere: Readonly<Record<string, string>> = { Mod: 'Ctrl' };

/** Keys as this computer’s keyboard has them: `Ctrl + B`, `⌘ B`. */
export function keyNames(keys: string): string {
  const names = isMac ? onMac : elsewhere;
  return keys
    .split(/-(?!$)/)
    .map((key) => (Object.hasOwn(names, key) ? names[key] : undefined) ?? (key.length === 1 ? key.toUpperCase() : key.replace(/^Arrow|(?<=Page)(?=[A-Z])/, (part) => (part === '' ? ' ' : ''))))
    .join(isMac ? ' ' : ' + ');
}
