import type { Db } from '#db/knex.ts';

export interface TableSchema {
  /** Column -> type, nullability and default, as one would declare it. */
  readonly columns: Readonly<Record<string, string>>;
  /** Definitions by name, keys and checks included. */
  readonly constraints: Readonly<Record<string, string>>;
  /** Definitions by name, those of keys left out. */
  readonly indexes: Readonly<Record<string, string>>;
}

interface Named {
  table: string;
  name: string;
  definition: string;
}

/** The tables of a database in words that change only when the schema does; the migrations' own bookkeeping is left out. */
export async function readSchema(db: Db): Promise<Record<string, TableSchema>> {
  const rowsOf = async (sql: string): Promise<Named[]> => (await db.raw<{ rows: Named[] }>(sql)).rows;
  const ours = `n.nspname = 'public' and c.relname not like 'knex_%'`;
  const columns = await rowsOf(`
    select c.relname as table, a.attname as name,
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where ${ours} and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped order by c.relname, a.attname`);
  // Not-null is said with the column; Postgres 18 keeps it as a constraint with a made-up name too.
  const constraints = await rowsOf(`
    select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace where ${ours} and k.contype <> 'n' order by c.relname, k.conname`);
  const indexes = await rowsOf(`
    select c.relname as table, i.relname as name, pg_get_indexdef(i.oid) as definition
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and not exists (select 1 from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u')) order by c.relname, i.relname`);
  const schema: Record<string, { columns: Record<string, string>; constraints: Record<string, string>; indexes: Record<string, string> }> = {};
  for (const [part, rows] of Object.entries({ columns, constraints, indexes }) as ['columns' | 'constraints' | 'indexes', Named[]][]) {
    for (const { table, name, definition } of rows) (schema[table] ??= { columns: {}, constraints: {}, indexes: {} })[part][name] = definition;
  }
  return schema;
}
