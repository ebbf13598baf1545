// @ts-check
// CommonJS in JavaScript, because the SDK loads a converter by path with require(), in the client, in the worker and
// inside the workflow bundle, and Node 20 requires no TypeScript.
const { ApplicationFailure, defaultPayloadConverter } = require('@temporalio/common');

/** Bytes a payload may have. History carries ids and keys; what is larger belongs into Postgres or S3. */
const MAX_PAYLOAD_BYTES = 16 * 1024;

/** @type {import('@temporalio/common').PayloadConverter} */
const payloadConverter = {
  toPayload(value) {
    const payload = defaultPayloadConverter.toPayload(value);
    const bytes = payload?.data?.length ?? 0;
    if (bytes > MAX_PAYLOAD_BYTES) {
      throw ApplicationFailure.nonRetryable(
        `A value of ${bytes} bytes was to go through Temporal; at most ${MAX_PAYLOAD_BYTES} may. Send a key instead.`,
        'PayloadTooLarge',
      );
    }
    return payload;
  },
  fromPayload(payload) {
    return defaultPayloadConverter.fromPayload(payload);
  },
};

module.exports = { payloadConverter, MAX_PAYLOAD_BYTES };
