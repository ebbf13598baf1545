import { isRecord } from '#domain/fieldPaths.ts';

/** One site of a collection, as it is stored. */
export interface WebsiteEntry {
  readonly key: string;
  /** Its URL path; null for what names no site. */
  readonly urlPath: string | null;
  readonly title: string | null;
  readonly stored: unknown;
}

/** The sites of a stored collection, in their order. */
export function readWebsites(value: unknown): WebsiteEntry[] {
  const stored: readonly unknown[] = Array.isArray(value) ? value : [];
  const seen = new Map<string, number>();
  return stored.map((entry) => {
    const urlPath = isRecord(entry) && typeof entry['id'] === 'string' && entry['id'] !== '' ? entry['id'] : null;
    const name = urlPath ?? JSON.stringify(entry);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { key: count === 1 ? name : `${name} ${count}`, urlPath, title: isRecord(entry) && typeof entry['title'] === 'string' ? entry['title'] : null, stored: entry };
  });
}

/** What is stored of a site that an author chose. */
export function chosenWebsite(site: { readonly urlPath: string; readonly title: string }): { id: string; title: string } {
  return { id: site.urlPath, title: site.title };
}

/** A site as a list of courses names it; many have the same title. */
export function siteLabel(title: string | null, shortId: string | null, urlPath: string): string {
  const name = title ?? urlPath;
  return shortId === null ? name : `${name} (${shortId})`;
}
