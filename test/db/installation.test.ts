import { beforeEach, describe, expect, it } from 'vitest';
import { adoptInstallation, readInstallation } from '#db/queries/installation.ts';
import { useDatabase } from '#test/support/postgres.ts';

describe('the installation a database belongs to', () => {
  const database = useDatabase();
  beforeEach(() => database.clear());

  it('is the first one that asks, and stays that when another asks', async () => {
    expect(await readInstallation(database.db, 'production')).toBe('production');
    expect(await readInstallation(database.db, 'laptop')).toBe('production');
  });

  it('changes when an admin adopts it, as often as one likes', async () => {
    await readInstallation(database.db, 'production');
    await adoptInstallation(database.db, 'laptop');
    await adoptInstallation(database.db, 'laptop');
    expect(await readInstallation(database.db, 'production')).toBe('laptop');
  });

  it('is one even when two processes of different names start at once', async () => {
    const answers = await Promise.all(['one', 'two', 'three'].map((name) => readInstallation(database.db, name)));
    expect(new Set(answers).size).toBe(1);
  });
});
