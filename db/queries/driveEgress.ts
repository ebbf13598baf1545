import type { Db } from '../knex.ts';

/**
 * Counts bytes that are about to be read from Drive, if today (UTC) has room for them.
 * @param limitBytes of a day; 0 is no limit.
 * @returns whether they may be read.
 */
export async function takeDriveEgress(db: Db, bytes: number, limitBytes: number): Promise<boolean> {
  if (limitBytes > 0 && bytes > limitBytes) return false;
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `insert into drive_egress (day, bytes) values ((now() at time zone 'utc')::date, :bytes::bigint)
     on conflict (day) do update set bytes = drive_egress.bytes + excluded.bytes, updated_at = now()
     where :limit::bigint = 0 or drive_egress.bytes + excluded.bytes <= :limit::bigint
     returning day`,
    { bytes, limit: limitBytes },
  );
  return rows.length > 0;
}

/** Bytes that were read from Drive today (UTC), or are being read. */
export async function driveEgressToday(db: Db): Promise<number> {
  const row = await db('drive_egress').whereRaw(`day = (now() at time zone 'utc')::date`).first<{ bytes: string } | undefined>('bytes');
  return Number(row?.bytes ?? 0);
}
