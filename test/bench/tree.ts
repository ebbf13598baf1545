import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Studio } from '#test/support/studio.ts';
import { importSample, type SampleSite } from '#test/support/sampleCourse.ts';
import type { Bench, BenchContext } from './bench.ts';
import { type Pass, phasesOf, publishAndWait, untilQuiet } from './courses.ts';
import { peerCommands, ROUNDS, TREE } from './goals.ts';
import { inTurns } from './inTurns.ts';
import type { Condition, Measured, Round } from './measured.ts';

interface Timed {
  deploy: number;
  /** Build phase less the bare run of what puts the tree out, and the deploy. */
  storeDeploy: number;
  unchanged: number;
  rclone: number;
  rcloneUnchanged: number;
  aws: number;
  s5cmd: number | null;
}

/**
 * Storing and deploying a large tree, the same for ours and the peers. In the place of Hugo stands a script that puts the
 * tree out, so that everything else of a publish is the product's own: worker, engine, rows and buckets.
 */
export const treeBench: Bench = {
  measures: ['deploy', 'deploy-s5cmd', 'store-deploy', 'unchanged'],

  async run(context) {
    const { studio, shell, tree } = context;
    const script = join(shell.home, 'tree-hugo');
    // Its version is the real one's, which manifests name.
    writeFileSync(
      script,
      `#!/bin/sh
set -eu
if [ "\${1-}" = version ]; then exec '${studio.running.env['HUGO_BIN'] ?? 'hugo'}' version; fi
while [ $# -gt 0 ]; do
  if [ "$1" = --destination ]; then out=$2; fi
  shift
done
mkdir -p "$out"
cp -r '${tree}/.' "$out"
`,
    );
    chmodSync(script, 0o755);
    await studio.running.restart('worker', { env: { HUGO_BIN: script } });
    try {
      const timed: Timed[] = [];
      const conditions = new Map<string, boolean>();
      // Round 0 warms both sides and counts for neither.
      for (let round = 0; round <= ROUNDS; round += 1) {
        const site = await importSample(studio, `bench-tree-${round}`);
        const one = await roundOf(context, round, site, script, (condition) => conditions.set(condition.what, condition.holds && (conditions.get(condition.what) ?? true)));
        if (round > 0) timed.push(one);
      }
      const rounds = (ours: (one: Timed) => number, theirs: (one: Timed) => number): Round[] => timed.map((one) => ({ ours: ours(one), theirs: theirs(one) }));
      const size = `${TREE.files.toLocaleString('en-US')} files, ${TREE.bytes / 1_000_000} MB`;
      const withS5cmd = timed.filter((one) => one.s5cmd !== null);
      return [
        { name: 'deploy', rounds: rounds((one) => one.deploy, (one) => one.rclone), note: size },
        ...(withS5cmd.length === 0 ? [] : [{ name: 'deploy-s5cmd', rounds: withS5cmd.map((one) => ({ ours: one.deploy, theirs: one.s5cmd ?? 0 })) } satisfies Measured]),
        { name: 'store-deploy', rounds: rounds((one) => one.storeDeploy, (one) => one.aws) },
        { name: 'unchanged', rounds: rounds((one) => one.unchanged, (one) => one.rcloneUnchanged), conditions: [...conditions].map(([what, holds]) => ({ what, holds })) },
      ];
    } finally {
      await studio.running.restart('worker');
    }
  },
};

async function roundOf({ studio, shell, tree, log }: BenchContext, round: number, site: SampleSite, script: string, judge: (condition: Condition) => void): Promise<Timed> {
  const { buckets } = studio.stack;
  const peer = (command: string, under: string): Promise<number> => shell.time(command, shell.home, { TREE: tree, BUCKET: buckets.test, PREFIX: `${under}/${site.name}`, SITE: site.name });
  const timed: Timed = { deploy: 0, storeDeploy: 0, unchanged: 0, rclone: 0, rcloneUnchanged: 0, aws: 0, s5cmd: null };
  await inTurns(round, [
    async () => {
      const output = shell.newFolder();
      const bare = await shell.time(`'${script}' --destination output`, output, {});
      rmSync(output, { recursive: true, force: true });
      const pass = await publishAndWait(studio, site.name);
      timed.deploy = pass.between('plan', 'deploy');
      timed.storeDeploy = pass.between('build', 'deploy') - bare;
      const again = await unchangedPass(studio, site, 'live');
      timed.unchanged = again.pass.between('plan', 'deploy');
      judge({ what: 'live writes only data.json', holds: again.written.length === 1 && again.written[0] === `${site.urlPath}/data.json` });
      log(`  ${site.name}: ${phasesOf(pass)}; unchanged: ${phasesOf(again.pass)}`);
    },
    async () => {
      timed.rclone = await peer(peerCommands.rclone, 'rclone');
      timed.rcloneUnchanged = await peer(peerCommands.rclone, 'rclone');
    },
    async () => void (timed.aws = await peer(peerCommands.aws, 'aws')),
    async () => {
      try {
        timed.s5cmd = await peer(peerCommands.s5cmd, 's5cmd');
      } catch (error) {
        // It only informs, and there is none for some machines.
        if (round === 0) log(`s5cmd is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  ], () => untilQuiet(studio));
  if (round === 0) {
    await publishAndWait(studio, site.name, 'draft');
    const { written } = await unchangedPass(studio, site, 'draft');
    judge({ what: 'draft writes nothing', holds: written.length === 0 });
  }
  log(`  rclone ${timed.rclone.toFixed(2)} s, unchanged ${timed.rcloneUnchanged.toFixed(2)} s; aws ${timed.aws.toFixed(2)} s; s5cmd ${timed.s5cmd?.toFixed(2) ?? '–'} s`);
  return timed;
}

/** Publishes again what is out already, and looks into the bucket for what was written. */
async function unchangedPass(studio: Studio, site: SampleSite, version: 'draft' | 'live'): Promise<{ pass: Pass; written: string[] }> {
  const bucket = version === 'live' ? studio.stack.buckets.publish : studio.stack.buckets.preview;
  const before = await studio.writeTimes(bucket, `${site.urlPath}/`);
  const pass = await publishAndWait(studio, site.name, version);
  const after = await studio.writeTimes(bucket, `${site.urlPath}/`);
  return { pass, written: [...after].filter(([key, at]) => before.get(key) !== at).map(([key]) => key) };
}
