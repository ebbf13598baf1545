/**
 * What a build of the themes' assets puts out: files below `base-theme/dist` and `base-theme/static`, which go to the top
 * of the web buckets, and `base-theme/data/webpack.json`, which names them for the templates.
 */
export const themeOutputFolders = ['base-theme/dist', 'base-theme/static'] as const;
export const themeManifestFile = 'base-theme/data/webpack.json';

/** Surrogate key and owner of the assets in the web buckets. */
export const themeAssetsKey = 'ocw-hugo-themes';

/** Where these files stand at the top of a web bucket; nobody else writes there. */
const OWN_PLACES = [/^static_shared\//, /^static\//, /^favicon\.ico$/];

/** Whether a path at the top of a web bucket belongs to the themes' assets. */
export function isThemeAssetPath(path: string): boolean {
  return OWN_PLACES.some((place) => place.test(path));
}

/** Where site builds find the manifest, in the artifacts bucket. */
export function themeManifestKey(branch: string): string {
  return `ocw-hugo-themes/${branch}/webpack.json`;
}

/**
 * Reads the manifest: names the templates use, and where each file stands for readers (`/static_shared/js/www.1a2b3.js`).
 * @throws {Error} naming what is wrong with it.
 */
export function readThemeManifest(text: string): Readonly<Record<string, string>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no map of names');
  const wrong = Object.entries(value).find(([, path]) => typeof path !== 'string' || !path.startsWith('/'));
  if (wrong !== undefined) throw new Error(`‘${wrong[0]}’ has no path that begins with a slash`);
  if (Object.keys(value).length === 0) throw new Error('it names nothing');
  return value as Record<string, string>;
}

/** The path of a manifest's value in a web bucket: without its slash and its query. */
export function assetPath(value: string): string {
  return value.replace(/[?#].*$/, '').replace(/^\/+/, '');
}

/** Names of the manifest whose file was not built. */
export function missingAssets(manifest: Readonly<Record<string, string>>, files: ReadonlySet<string>): string[] {
  return Object.entries(manifest)
    .filter(([, value]) => !files.has(assetPath(value)))
    .map(([name]) => name);
}
