/**
 * What the bench measures, beside what, and how good it must be. Written down before any run: a goal or a peer's command
 * line is changed here by a commit of its own, never by a run.
 */

export interface Goal {
  readonly what: string;
  /** Beside what it is measured. */
  readonly peer: string;
  readonly unit: 's' | 'MB';
  /** The largest ratio of ours to the peer's that is good enough; null where a row only informs. */
  readonly most: number | null;
}

/** *Overhead* is time less that of the bare Hugo run of the same tree in the same round. */
export const goals = {
  edit: { what: 'overhead of publishing a one-page edit', peer: 'overhead of the existing shell steps', unit: 's', most: 0.3 },
  first: { what: 'overhead of a first publish', peer: 'overhead of the existing shell steps', unit: 's', most: 1 },
  deploy: { what: 'from the stored build to the last object', peer: 'rclone sync', unit: 's', most: 1.25 },
  'deploy-s5cmd': { what: 'from the stored build to the last object', peer: 's5cmd sync', unit: 's', most: null },
  'store-deploy': { what: 'storing a build and deploying it', peer: 'aws s3 sync', unit: 's', most: 0.75 },
  unchanged: { what: 'planning and deploying an unchanged build', peer: 'rclone sync of an unchanged tree', unit: 's', most: 1.2 },
  mass: { what: 'mass publish, two at once', peer: 'the existing shell steps under xargs -P 2', unit: 's', most: 1 },
  'mass-rclone': { what: 'mass publish, two at once', peer: 'the same loop with rclone', unit: 's', most: 2 },
  'mass-memory': { what: 'the worker’s memory late in a mass publish', peer: 'its memory early in it', unit: 'MB', most: 1.15 },
  'build-store': { what: 'build store', peer: 'other ways to keep builds', unit: 's', most: null },
  links: { what: 'checking 5,000 links over 200 hosts', peer: 'the limit of politeness: a host asked once a second', unit: 's', most: 1.5 },
  'drive-copy': { what: 'bringing a file over from Google Drive, with its resource', peer: 'rclone copyto of the same bytes', unit: 's', most: 1.15 },
  'drive-memory': { what: 'growth of the worker’s memory while it brings a large file over', peer: '400 MiB', unit: 'MB', most: 1 },
  preview: { what: 'from an edit of a page to its preview', peer: 'a warm hugo server', unit: 's', most: 1.5 },
  'preview-busy': { what: 'the same while a publish runs, the slowest of twenty', peer: 'two seconds', unit: 's', most: 1 },
  items: { what: 'lists of items', peer: 'the same two statements bare', unit: 's', most: null },
} as const satisfies Record<string, Goal>;

export type MeasureName = keyof typeof goals;

export const measureNames = Object.keys(goals) as MeasureName[];

/** Rounds of each measure; in every other one the peer goes first. */
export const ROUNDS = 3;

/** The tree of a large course: as many files and bytes as 6.042J has with the production themes. */
export const TREE = { files: 1_933, bytes: 112_000_000 } as const;

/** Sites of one round of a mass publish, each of the size of 18.065. */
export const MASS_SITES = { usual: 7, full: 100 } as const;

/** After which site of all rounds the worker's memory is looked at first and last. */
export const MEMORY_AT = { usual: { early: 5, late: 21 }, full: { early: 20, late: 100 } } as const;

/** Bytes of a file from Google Drive: for the copy beside a peer's, and for the memory it takes. */
export const DRIVE_FILE = { copy: { usual: 500_000_000, full: 1_000_000_000 }, memory: { usual: 1_000_000_000, full: 5_000_000_000 } } as const;

/** How much a worker may grow while it brings a file of any size over, in MB as `ps` counts them. */
export const DRIVE_GROWTH = 400;

/** Command lines of the peers, for `sh -eu`: TREE is a folder, MEDIA the address above a file ID, BUCKET and PREFIX are where it goes, SITE is whose it is. */
export const peerCommands = {
  rclone: 'rclone sync --checksum --transfers 32 --checkers 32 --fast-list "$TREE" "s3:$BUCKET/$PREFIX"',
  'rclone-http': 'rclone copyto ":http,url=\'$MEDIA\':$ID" "s3:$BUCKET/$PREFIX/$ID"',
  aws: 'aws s3 sync "$TREE" "s3://$BUCKET/$PREFIX" --delete --metadata "site-id=$SITE"',
  s5cmd: 's5cmd sync --delete "$TREE/" "s3://$BUCKET/$PREFIX/"',
} as const;

/** Hugo's command line as the existing builders spell it, inside the clone of the content. */
export const hugoCommand = 'hugo --themesDir ../themes --config "../projects/$STARTER/config.yaml" --baseURL "/$PREFIX" --destination ../output';

/** The clones that the existing builders make; BRANCH is that of the content. */
export const cloneCommands = `
git clone --quiet --depth 1 --branch "$BRANCH" "$GIT_BASE/$SITE.git" site
git clone --quiet --depth 1 --branch "$THEMES_BRANCH" "$THEMES_URL" themes
git clone --quiet --depth 1 --branch "$PROJECTS_BRANCH" "$PROJECTS_URL" projects
mkdir -p themes/base-theme/data
cp "$WEBPACK" themes/base-theme/data/webpack.json
mkdir static`;

/** The existing shell steps for one site, in an empty folder; with rclone its two syncs are the peer's instead of the AWS command line's. */
export const shellSteps = {
  aws: `${cloneCommands}
aws s3 sync "s3://$STORAGE/$PREFIX" static
(cd site && ${hugoCommand})
cp -rn static/. output/
TREE=output
${peerCommands.aws}`,
  rclone: `${cloneCommands}
rclone sync --checksum --transfers 32 --checkers 32 --fast-list "s3:$STORAGE/$PREFIX" static
(cd site && ${hugoCommand})
cp -rn static/. output/
TREE=output
${peerCommands.rclone}`,
} as const;
