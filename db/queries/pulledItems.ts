import type { WrittenForm } from '#domain/writtenForm.ts';
import type { Db } from '../knex.ts';

export interface PulledBaseline {
  readonly id: string;
  readonly path: string | null;
  /** Null when main holds something else than what was pulled. */
  readonly sha256: string | null;
  readonly blob: string | null;
  readonly form: WrittenForm | null;
}

/** Notes what main holds of an item that was just changed by a pull. */
export async function recordPulled(trx: Db, pulled: PulledBaseline): Promise<void> {
  await trx('content_items')
    .where({ id: pulled.id })
    .update({ written_path: pulled.path, written_sha256: pulled.sha256, written_blob: pulled.blob, written_form: pulled.form === null ? null : JSON.stringify(pulled.form) });
}

const CHUNK = 500;

/**
 * Notes what main holds of many items, each only while its blob is `fromBlob`: one that was committed meanwhile knows better.
 * @returns how many were noted.
 */
export async function rebasePulled(db: Db, pulled: readonly (PulledBaseline & { readonly fromBlob: string | null })[]): Promise<number> {
  let noted = 0;
  for (let start = 0; start < pulled.length; start += CHUNK) {
    const chunk = pulled.slice(start, start + CHUNK);
    const { rowCount } = await db.raw<{ rowCount: number }>(
      `update content_items c set written_path = p.path, written_sha256 = p.sha256, written_blob = p.blob, written_form = nullif(p.form, 'null'::jsonb)
       from jsonb_to_recordset(?::jsonb) as p(id uuid, path text, sha256 text, blob text, form jsonb, "fromBlob" text)
       where c.id = p.id and c.written_blob is not distinct from p."fromBlob"`,
      [JSON.stringify(chunk)],
    );
    noted += rowCount;
  }
  return noted;
}

/** Text ids of a site that items of other sites name -> one of these sites. */
export async function listNamedElsewhere(db: Db, site: { readonly id: string; readonly name: string; readonly urlPath: string | null }): Promise<Map<string, string>> {
  const rows: { text_id: string; site: string }[] = await db('content_references')
    .join('content_items', 'content_items.id', 'content_references.item_id')
    .join('sites', 'sites.id', 'content_items.site_id')
    .whereIn('content_references.target_site', [site.name, ...(site.urlPath === null ? [] : [site.urlPath])])
    .whereNotNull('content_references.target_text_id')
    .whereNull('content_items.deleted_at')
    .whereNot('content_items.site_id', site.id)
    .select('content_references.target_text_id as text_id', 'sites.name as site');
  return new Map(rows.map((row) => [row.text_id, row.site]));
}
