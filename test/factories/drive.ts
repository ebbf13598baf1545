import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDrive as createStandIn } from '#local/standins/drive/createDrive.mjs';
import { makeServiceAccount } from '#local/standins/drive/serviceAccount.mjs';

export const DRIVE_ID = '0AStudioDrive';

/** A shared drive on this machine, and the environment in which a client finds it. */
export async function makeDrive() {
  const home = mkdtempSync(join(tmpdir(), 'drive-'));
  const account = makeServiceAccount('studio@local.iam.gserviceaccount.com');
  const open = () => createStandIn({ home, driveId: DRIVE_ID, account });
  const standIn = open();
  const url = await standIn.listen();
  return {
    ...standIn,
    home,
    url,
    account,
    env: { DRIVE_API_URL: url, GOOGLE_TOKEN_URL: `${url}/token`, DRIVE_SERVICE_ACCOUNT_CREDS: account.credentials, DRIVE_SHARED_ID: DRIVE_ID },
    /** The same drive after a restart. */
    reopen: open,
    unexpected: () => standIn.journal.filter((entry) => entry.unexpected === true).map((entry) => `${entry.method} ${entry.path}`),
    async close(): Promise<void> {
      await standIn.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
