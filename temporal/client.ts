import { Client, Connection } from '@temporalio/client';
import { dataConverter } from './converter.ts';
import { searchAttributes } from './searchAttributes.ts';

// Activities may reach Temporal through this file only.
export { WithStartWorkflowOperation, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';

export interface TemporalConfig {
  /** Host and port. */
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalApiKey: string | undefined;
  readonly temporalTls: boolean;
}

/** Options of a connection, the same for client and worker. */
export function connectionOptions(config: TemporalConfig) {
  return {
    address: config.temporalAddress,
    tls: config.temporalTls || config.temporalApiKey !== undefined,
    ...(config.temporalApiKey === undefined ? {} : { apiKey: config.temporalApiKey }),
  };
}

/**
 * A client whose connection is made at the first call, so that the API starts and answers while Temporal is down.
 * The caller ends it with `client.connection.close()`.
 */
export function createTemporalClient(config: TemporalConfig): Client {
  const connection = Connection.lazy({
    ...connectionOptions(config),
    connectTimeout: '2 seconds',
    // gRPC's own pauses grow to two minutes: that long what waited for Temporal would go on waiting after it is back.
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 5_000 },
    // No hidden retries: the relay, the activities and the worker's loop try again themselves, and the retries of the SDK
    // that are pending when the connection is closed end the process with an uncaught error.
    interceptors: [],
  });
  return new Client({ connection, namespace: config.temporalNamespace, dataConverter });
}

/** Registers our search attributes in the namespace; what is there stays. */
export async function registerSearchAttributes(client: Client, namespace: string): Promise<void> {
  const { connection } = client;
  if (!(connection instanceof Connection)) throw new Error('Search attributes are registered through a connection of the client’s own');
  const existing = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter((key) => existing.customAttributes[key.name] === undefined);
  if (missing.length === 0) return;
  // 2 is INDEXED_VALUE_TYPE_KEYWORD of the server's API.
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing.map((key) => [key.name, 2])) });
}
