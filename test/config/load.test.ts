import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '#config/load.ts';
import { configVariables } from '#config/schema.ts';

const required = { DATABASE_URL: 'postgres://studio:very-secret@127.0.0.1/studio' };
function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing but the database: every other variable has a default', () => {
    expect(loadConfig(required)).toMatchObject({ studioPort: 8400, temporalTls: false, studioInitialAdmins: [], gitToken: undefined, buildSlots: 1, publishBucket: 'ocw-live', rootWebsiteName: 'ocw-www' });
  });

  it('takes an empty variable for an unset one, as composed environments have them', () => {
    const empty = Object.fromEntries(configVariables.map((variable) => [variable.name, '']));
    expect(loadConfig({ ...empty, ...required })).toEqual(loadConfig(required));
  });

  it('reads numbers, flags, lists and addresses', () => {
    const config = loadConfig({ ...required, STUDIO_PORT: '0', TEMPORAL_TLS: '1', STUDIO_INITIAL_ADMINS: ' a@example.edu, ,b@example.edu ', STUDIO_BASE_URL: 'https://studio.example.edu//', GIT_API_URL: 'https://git.example.edu/api/v3/' });
    expect(config).toMatchObject({ studioPort: 0, temporalTls: true, studioInitialAdmins: ['a@example.edu', 'b@example.edu'], studioBaseUrl: 'https://studio.example.edu', gitApiUrl: 'https://git.example.edu/api/v3' });
  });

  it('says of a missing variable what it is for', () => {
    expect(faultsOf({})).toEqual(['DATABASE_URL must be set: Postgres connection string.']);
    expect(faultsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL must be set: Postgres connection string.']);
  });

  it.each([
    ['STUDIO_PORT', 'eighty', /^STUDIO_PORT is "eighty": .*expected number/],
    ['STUDIO_PORT', '70000', /^STUDIO_PORT is "70000": .*65535/],
    ['STUDIO_PORT', '80.5', /^STUDIO_PORT is "80.5": .*int/],
    ['BUILD_SLOTS', '0', /^BUILD_SLOTS is "0": /],
    ['TEMPORAL_TLS', 'yes', /^TEMPORAL_TLS is "yes": .*"true"/],
    ['STUDIO_BASE_URL', 'studio', /^STUDIO_BASE_URL is "studio": Invalid URL/],
    ['GIT_API_URL', 'github', /^GIT_API_URL is "github": Invalid URL/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL is "loud": .*"info"/],
    ['AWS_STORAGE_BUCKET_NAME', 'ab', /^AWS_STORAGE_BUCKET_NAME is "ab": /],
  ])('says of %s=%s what is wrong with it', (name, value, fault) => {
    const faults = faultsOf({ ...required, [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('tells all faults at once', () => {
    expect(faultsOf({ STUDIO_PORT: 'x', LOG_LEVEL: 'y' })).toHaveLength(3);
    expect(() => loadConfig({ STUDIO_PORT: 'x' })).toThrow(/^The configuration is wrong:\n {2}STUDIO_PORT is .+\n {2}DATABASE_URL must be set/);
  });

  it('shows no secret, whatever is wrong with the rest', () => {
    const secret = 'hunter2-hunter2';
    const secrets = Object.fromEntries(configVariables.filter((variable) => variable.secret === true).map((variable) => [variable.name, secret]));
    expect(Object.keys(secrets).length).toBeGreaterThan(5);
    expect(() => loadConfig({ ...secrets, STUDIO_PORT: 'x' })).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) as string }) as Error);
  });

  it('describes each variable in a sentence and names it once', () => {
    for (const variable of configVariables) expect([variable.name, variable.description]).toEqual([variable.name, expect.stringMatching(/^\p{Lu}.+\.$/u)]);
    expect(new Set(configVariables.map((variable) => variable.name)).size).toBe(configVariables.length);
  });

  it('has defaults that it accepts itself', () => {
    for (const variable of configVariables) if (variable.default !== null) expect([variable.name, variable.schema.safeParse(variable.default).success]).toEqual([variable.name, true]);
  });

  it('hides what sounds like a secret', () => {
    // An address at which tokens are made is none itself.
    const sounds = configVariables.filter((variable) => !variable.name.endsWith('_TOKEN_URL') && /TOKEN|SECRET|PASSWORD|ACCESS_KEY|API_KEY|DATABASE_URL/.test(variable.name));
    expect(sounds.filter((variable) => variable.secret !== true).map((variable) => variable.name)).toEqual([]);
  });
});
