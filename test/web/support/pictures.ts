import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

const GOLDEN = fileURLToPath(new URL('../../golden/screens/', import.meta.url));
/** How far two colours may be from each other, of 1: less than a token that becomes a neighbouring shade. */
const COLOUR = 0.04;
/** Another version of the browser smooths the edges of letters a little differently, which is spread thinly; what moved or is gone is dense. */
const TILE = 24;
const MAX_OF_TILE = 24;
/** Of the whole picture. */
const MAX_SHARE = 0.002;

let folder: string | undefined;
/** Where pictures of this run go that are not as they were. */
const placeFor = (file: string): string => join((folder ??= mkdtempSync(join(tmpdir(), 'ocw-studio-pictures-'))), file);

/** What differs between two pictures: how many pixels in all, and in the worst place. */
export interface Difference {
  readonly pixels: number;
  readonly worst: { readonly pixels: number; readonly x: number; readonly y: number };
  readonly diff: PNG;
}

/** Compares two pictures of one size, but for edges that are only smoothed in another way. */
export function differenceOf(before: PNG, after: PNG): Difference {
  const { width, height } = before;
  const diff = new PNG({ width, height });
  const pixels = pixelmatch(before.data, after.data, diff.data, width, height, { threshold: COLOUR, diffMask: true });
  const columns = Math.ceil(width / TILE);
  const tiles = new Uint16Array(columns * Math.ceil(height / TILE));
  let worst = 0;
  for (let at = 0; at < width * height; at += 1) {
    if (diff.data[at * 4 + 3] === 0) continue;
    const tile = Math.floor(Math.floor(at / width) / TILE) * columns + Math.floor((at % width) / TILE);
    tiles[tile] = (tiles[tile] ?? 0) + 1;
    if ((tiles[tile] ?? 0) > (tiles[worst] ?? 0)) worst = tile;
  }
  return { pixels, worst: { pixels: tiles[worst] ?? 0, x: (worst % columns) * TILE, y: Math.floor(worst / columns) * TILE }, diff };
}

/** Whether somebody would see the difference. */
export function isSeen({ pixels, worst, diff }: Difference): boolean {
  return worst.pixels > MAX_OF_TILE || pixels > MAX_SHARE * diff.width * diff.height;
}

/** The stored picture of this name; undefined where there is none. */
export function storedPicture(name: string): PNG | undefined {
  const path = join(GOLDEN, `${name}.png`);
  return existsSync(path) ? PNG.sync.read(readFileSync(path)) : undefined;
}

/** Compares a picture with the stored one of its name; answers what is wrong, undefined when they are alike. With `ACCEPT_GOLDEN=1` what is another is stored instead. */
export function faultOfPicture(name: string, taken: Buffer): string | undefined {
  const after = PNG.sync.read(taken);
  const before = storedPicture(name);
  if (before?.width === after.width && before.height === after.height) {
    const found = differenceOf(before, after);
    if (!isSeen(found)) return undefined;
    if (isAccepting()) return void store(name, after);
    const [actual, marked] = [placeFor(`${name}.actual.png`), placeFor(`${name}.diff.png`)];
    writeFileSync(actual, taken);
    writeFileSync(marked, PNG.sync.write(found.diff));
    return `${name} is not as it was: ${found.pixels} pixels differ, ${found.worst.pixels} of them around ${found.worst.x}, ${found.worst.y}. It is now ${actual}, and differs where ${marked} is red. ${HOW}`;
  }
  if (isAccepting()) return void store(name, after);
  const actual = placeFor(`${name}.actual.png`);
  writeFileSync(actual, taken);
  return before === undefined ? `There is no picture of ${name} yet. It is now ${actual}. ${HOW}` : `${name} was ${before.width} by ${before.height} and is ${after.width} by ${after.height}. It is now ${actual}. ${HOW}`;
}

/** Whether a specimen is drawn here as it was where the pictures were taken. With `ACCEPT_GOLDEN=1` it is stored with them. */
export function isSpecimenAlike(taken: Buffer): boolean {
  const after = PNG.sync.read(taken);
  if (isAccepting()) store(SPECIMEN, after);
  const before = storedPicture(SPECIMEN);
  return before?.width === after.width && before.height === after.height && !isSeen(differenceOf(before, after));
}

const SPECIMEN = 'specimen';
const HOW = 'If it shall look so, run the test with ACCEPT_GOLDEN=1, and look at what git says changed.';
const isAccepting = (): boolean => process.env['ACCEPT_GOLDEN'] === '1';

/** Pages have no see-through parts; of the ways to write the same picture the smallest is kept, packed as tightly as zlib can (pngjs would take a faster way). */
function store(name: string, picture: PNG): void {
  const path = join(GOLDEN, `${name}.png`);
  const [smallest] = [0, 1, 2, 3, 4].map((filterType) => PNG.sync.write(picture, { colorType: 2, deflateLevel: 9, deflateStrategy: 0, filterType })).sort((a, b) => a.length - b.length);
  mkdirSync(dirname(path), { recursive: true });
  if (smallest !== undefined) writeFileSync(path, smallest);
}
