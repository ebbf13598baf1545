/** The name that was probably meant, or undefined when none is near enough to be worth a question. */
export function suggest(given: string, known: readonly string[]): string | undefined {
  const wanted = given.toLowerCase();
  const bound = Math.max(2, Math.floor(wanted.length / 3));
  const near = known
    .map((name) => ({ name, distance: distanceOf(wanted, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))[0];
  if (near !== undefined && near.distance <= bound) return near.name;
  const containing = wanted.length < 3 ? [] : known.filter((name) => name.toLowerCase().includes(wanted) || wanted.includes(name.toLowerCase()));
  return containing[0];
}

/** ` Did you mean ‘…’?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const meant = suggest(given, known);
  return meant === undefined ? '' : ` Did you mean ‘${meant}’?`;
}

/** How many letters must be changed, added or taken to get from one to the other. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
