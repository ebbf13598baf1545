import type { Db } from '#db/knex.ts';

/** Counts the statements that go to a database from now on; `stop` says how many there were. */
export function countQueries(db: Db): { readonly stop: () => number } {
  let count = 0;
  const counting = (): void => {
    count += 1;
  };
  db.on('query', counting);
  return {
    stop: () => {
      db.removeListener('query', counting);
      return count;
    },
  };
}
