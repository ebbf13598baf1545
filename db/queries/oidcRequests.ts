import type { Db } from '../knex.ts';

export interface OidcRequest {
  readonly codeVerifier: string;
  readonly nonce: string;
  readonly returnTo: string;
}

/** Notes that a browser was sent to the OpenID provider; of the state and of the browser's cookie only hashes are stored. */
export async function insertOidcRequest(db: Db, stateHash: string, browserHash: string, request: OidcRequest): Promise<void> {
  await db('oidc_requests').insert({ state_hash: stateHash, browser_hash: browserHash, code_verifier: request.codeVerifier, nonce: request.nonce, return_to: request.returnTo });
}

/** Takes the request with this state away, so that it is answered once. @returns undefined when this browser has no such request younger than `maxAgeMs`. */
export async function takeOidcRequest(db: Db, stateHash: string, browserHash: string, maxAgeMs: number): Promise<OidcRequest | undefined> {
  const [row] = await db('oidc_requests')
    .where({ state_hash: stateHash, browser_hash: browserHash })
    .whereRaw("created_at > now() - ? * interval '1 millisecond'", [maxAgeMs])
    .delete()
    .returning<{ code_verifier: string; nonce: string; return_to: string }[]>(['code_verifier', 'nonce', 'return_to']);
  return row === undefined ? undefined : { codeVerifier: row.code_verifier, nonce: row.nonce, returnTo: row.return_to };
}

/** Requests nobody will answer any more. */
export async function deleteOldOidcRequests(db: Db): Promise<void> {
  await db('oidc_requests').whereRaw("created_at < now() - interval '1 day'").delete();
}
