import { expect, it } from 'vitest';
import { inStoredOrder } from '#domain/jsonText.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { seeded } from '#test/support/seeded.ts';

const database = useDatabase();

it('keys of JSON are written in the order in which Postgres keeps them', async () => {
  const random = seeded(3);
  const key = (): string => random.some(4, () => random.pick(['a', 'b', 'Z', '_', '1', '10', 'é', 'ß', '日', '😀', '\uffee', ' '])).join('');
  for (let count = 0; count < 40; count += 1) {
    const value = Object.fromEntries(random.some(30, () => [key(), null]));
    const { rows } = await database.db.raw<{ rows: { key: string }[] }>('select key from jsonb_object_keys(?::jsonb) as key', [JSON.stringify(value)]);
    expect(inStoredOrder(value).map(([name]) => name)).toEqual(rows.map((row) => row.key));
  }
});
