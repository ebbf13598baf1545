/**
 * A pipeline of Concourse, as its API takes it. Only what ours use; what is allowed at all is in `checkDefinition.ts`.
 */
export interface Pipeline {
  readonly resource_types: readonly ResourceType[];
  readonly resources: readonly Resource[];
  readonly jobs: readonly Job[];
}

export interface ResourceType {
  readonly name: string;
  readonly type: 'registry-image';
  readonly source: { readonly repository: string; readonly tag: string };
}

export interface Resource {
  readonly name: string;
  readonly type: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly check_every?: string;
}

export interface Job {
  readonly name: string;
  readonly serial: boolean;
  readonly max_in_flight?: number;
  readonly plan: readonly Step[];
}

interface Common {
  readonly attempts?: number;
  readonly timeout?: string;
  readonly on_failure?: Step;
  readonly on_error?: Step;
  readonly on_abort?: Step;
  readonly across?: readonly { readonly var: string; readonly values: readonly unknown[] | string; readonly max_in_flight: number }[];
}

export type Step = Common &
  (
    | { readonly get: string; readonly trigger: boolean; readonly passed?: readonly string[] }
    | { readonly put: string; readonly params?: Readonly<Record<string, unknown>>; readonly inputs: readonly string[]; readonly no_get: true }
    | { readonly task: string; readonly config: TaskConfig }
    | { readonly load_var: string; readonly file: string; readonly format: 'json' }
    | { readonly do: readonly Step[] }
    | { readonly try: Step }
  );

export interface TaskConfig {
  readonly platform: 'linux';
  readonly image_resource: { readonly type: 'registry-image'; readonly source: { readonly repository: string; readonly tag: string } };
  readonly inputs: readonly { readonly name: string }[];
  readonly outputs: readonly { readonly name: string }[];
  readonly params: Readonly<Record<string, string>>;
  readonly run: { readonly path: 'sh'; readonly args: readonly string[] };
}

/** Names a pipeline: instances of one name are told apart by their variables. */
export interface PipelineRef {
  readonly name: string;
  readonly vars: Readonly<Record<string, unknown>> | null;
}
