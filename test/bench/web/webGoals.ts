/** What `npm run bench:web` measures and how good it must be; changed by a commit of its own, never by a run. */
export interface WebGoal {
  readonly what: string;
  readonly unit: 'KB' | 'ms';
  /** The most that is good enough; null where a row only informs. */
  readonly most: number | null;
}

export const webGoals = {
  'dashboard-script': { what: 'script of the dashboard’s first load, gzip', unit: 'KB', most: 120 },
  'dashboard-style': { what: 'style of the dashboard’s first load, gzip', unit: 'KB', most: null },
  'editor-script': { what: 'script of an item’s page opened first, gzip', unit: 'KB', most: null },
  'editor-style': { what: 'style of an item’s page opened first, gzip', unit: 'KB', most: null },
  'first-paint': { what: 'dashboard: first contentful paint, processor slowed 4 times', unit: 'ms', most: null },
  'largest-paint': { what: 'dashboard: largest contentful paint, processor slowed 4 times', unit: 'ms', most: null },
  blocking: { what: 'dashboard: total blocking time, processor slowed 4 times', unit: 'ms', most: null },
  scroll: { what: 'longest task while a list of 5,000 items is scrolled to its end', unit: 'ms', most: 50 },
  typing: { what: 'longest task while one types in a long page', unit: 'ms', most: 50 },
} as const satisfies Record<string, WebGoal>;

export type WebMeasureName = keyof typeof webGoals;

export const webMeasureNames = Object.keys(webGoals) as WebMeasureName[];

export const ROUNDS = 3;
export const LIST_ITEMS = 5_000;
export const SLOWED = 4;
