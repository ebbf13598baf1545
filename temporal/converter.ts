import type { DataConverter } from '@temporalio/common';
import { fileURLToPath } from 'node:url';

/** The data converter both sides use: JSON with a budget of 16 KB a payload. A codec (encryption) would be added here. */
export const dataConverter: DataConverter = {
  payloadConverterPath: fileURLToPath(new URL('./payloadConverter.cjs', import.meta.url)),
};
