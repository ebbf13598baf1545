import type { PublishVersion } from '#domain/runs.ts';
import { commonOf } from './commonOf.ts';
import { massPublishContract, type MassPublishInput, type MassPublishRequest } from './contracts/massPublish.ts';

/** How the workflow of a mass publish is started for its request. */
export function startMassPublish(request: { readonly id: string; readonly version: PublishVersion; readonly input: MassPublishRequest; readonly requestedBy: string }, queuePrefix: string) {
  const { kind, window } = request.input;
  const input: MassPublishInput = { massRunId: request.id, version: request.version, kind, window };
  return {
    ...commonOf(massPublishContract, massPublishContract.workflowId(request.id), queuePrefix, { version: request.version, requestedBy: request.requestedBy }),
    args: [input] as [MassPublishInput],
    staticSummary: `${kind === 'undo' ? 'Undo of a mass publish' : 'Mass publish'} (${request.version})`,
    staticDetails: `${kind === 'undo' ? `Brings back what the **${request.version}** sites showed before a mass publish` : `Publishes the **${request.version}** version of many sites`}, a few at a time. Send the signal \`pauseRequested\` to let it wait between two sites, \`resumeRequested\` to let it go on.`,
  };
}
