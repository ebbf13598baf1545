import type { BucketConfig, BuildUrlConfig } from '../places.ts';

/** What of the configuration definitions are made from, by the names it has there. */
export interface ConcourseSettings extends BucketConfig, BuildUrlConfig {
  readonly studioBaseUrl: string;
  readonly studioEnvironment: string;
  readonly envName: string;
  readonly apiBearerToken: string | undefined;
  readonly storageBucket: string;
  readonly artifactsBucket: string;
  readonly importBucket: string;
  readonly awsEndpointUrl: string | undefined;
  readonly awsAccessKeyId: string | undefined;
  readonly awsSecretAccessKey: string | undefined;
  readonly awsRegion: string;
  readonly awsMaxConnections: number;
  /** Milliseconds; 0 where nothing is copied by a clock. */
  readonly importSyncIntervalMs: number;
  readonly gitCloneBaseUrl: string;
  readonly gitDomain: string;
  readonly gitOrganization: string;
  readonly gitToken: string | undefined;
  readonly gitBranchPreview: string;
  readonly gitBranchRelease: string;
  readonly concourseIsPrivateRepo: boolean;
  readonly themesGitUrl: string;
  readonly themesBranch: string;
  readonly projectsGitUrl: string;
  readonly projectsBranch: string;
  readonly projectsGitToken: string | undefined;
  readonly rootWebsiteName: string;
  readonly testRootWebsiteName: string;
  readonly courseStarterSlug: string;
  readonly sitemapDomain: string;
  readonly courseV3CanonicalDomain: string;
  readonly gtmAccountId: string | undefined;
  readonly extraThemesBaseUrls: Readonly<Record<string, string>>;
  readonly extraThemesGtmIds: Readonly<Record<string, string>>;
  readonly themesSentryDsn: string | undefined;
  readonly fastlyApiUrl: string;
  readonly fastlyHardPurge: boolean;
  readonly openCatalogUrls: readonly string[];
  readonly openCatalogWebhookKey: string | undefined;
  readonly massBuildBatchSize: number;
  readonly massBuildMaxInFlight: number;
  readonly searchApiUrl: string;
  readonly courseSearchApiUrl: string;
  readonly contentFileSearchApiUrl: string;
  readonly mitLearnBaseUrl: string;
  readonly mitLearnApiBaseUrl: string;
}

/** In development nothing beyond the buckets is touched: no cache is purged, no catalogue told, nobody alerted. */
export function isDevelopment(settings: Pick<ConcourseSettings, 'studioEnvironment'>): boolean {
  return settings.studioEnvironment === 'dev';
}

/** The same settings with a name in place of each secret, for definitions that people read. */
export function withoutSecrets<T extends ConcourseSettings>(settings: T): T {
  const masked = (value: string | undefined, name: string): string | undefined => (value === undefined ? undefined : `<${name}>`);
  return {
    ...settings,
    apiBearerToken: masked(settings.apiBearerToken, 'API_BEARER_TOKEN'),
    awsAccessKeyId: masked(settings.awsAccessKeyId, 'AWS_ACCESS_KEY_ID'),
    awsSecretAccessKey: masked(settings.awsSecretAccessKey, 'AWS_SECRET_ACCESS_KEY'),
    gitToken: masked(settings.gitToken, 'GIT_TOKEN'),
    projectsGitToken: masked(settings.projectsGitToken, 'OCW_HUGO_PROJECTS_GIT_TOKEN'),
    openCatalogWebhookKey: masked(settings.openCatalogWebhookKey, 'OPEN_CATALOG_WEBHOOK_KEY'),
  };
}
