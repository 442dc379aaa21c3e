import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Random } from '@cairn/numerics';
import { buildTrainingGraph, classTargets, decodeModel } from '@cairn/onnx-graph';
import { defaultAdamW } from '../../apps/inference/src/finetune/adamw.js';
import type { TrainingBatch } from '../../apps/inference/src/finetune/objectives.js';
import { OnnxTrainingModel } from '../../apps/inference/src/finetune/onnx-training-model.js';
import { Optimizer } from '../../apps/inference/src/finetune/optimizer.js';
import { repository } from '../../test/support/stack.js';
import type { Setting } from './setting.js';

const [batch, seq, classes] = [32, 32, 77];
const rounds = 5;
const stepsOfRound = 6;

/** Debian's OpenBLAS does not know newer processors: it is told what they can do. */
const coreType = () => (readFileSync('/proc/cpuinfo', 'utf8').includes('avx512f') ? 'SkylakeX' : 'Haswell');

/** Seconds of CPU that PyTorch takes for a step, with the better of two settings of its matrix library; undefined without PyTorch. */
function pytorch(encoder: string): { version: string; step: number; forward: number } | undefined {
  const config: unknown = JSON.parse(readFileSync(join(encoder, 'config.json'), 'utf8'));
  const input = JSON.stringify({ config, classes, batch, seq, steps: 2 * stepsOfRound, threads: 1 });
  const script = join(repository, 'bench/learning/pytorch_step.py');
  const found = ['python3', '/usr/bin/python3'].flatMap((python) =>
    [coreType(), 'Haswell'].flatMap((core) => {
      const env = { ...process.env, OPENBLAS_CORETYPE: core, OMP_NUM_THREADS: '1' };
      const { status, stdout } = spawnSync(python, [script], { input, env, encoding: 'utf8' });
      return status === 0 ? [JSON.parse(stdout) as { version: string; step: number; forward: number }] : [];
    }),
  );
  return found.sort((a, b) => a.step - b.step)[0];
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** CPU seconds of a piece of work of this process, all its threads together. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** A training step of the whole encoder beside its forward pass, and beside PyTorch's step, in turns, in CPU time of one thread. */
export async function stepCost({ encoder, report, note }: Setting): Promise<void> {
  const bytes = readFileSync(join(encoder, 'onnx/model.onnx'));
  const graph = await buildTrainingGraph(decodeModel(bytes), {
    loss: { kind: 'cross-entropy', pooling: 'mean', head: { classes } },
    parameters: 'all',
    dropout: { hidden: 0.1, attention: 0.1, pooled: 0.1 },
  });
  const model = await OnnxTrainingModel.open(graph, 1, { device: 'cpu', threads: 1 });
  const optimizer = new Optimizer(model.parameters, defaultAdamW, 1);
  const inference = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const random = new Random(1);
  const ids = BigInt64Array.from({ length: batch * seq }, () => BigInt(5 + random.below(10_000)));
  const padded = { inputIds: ids, attentionMask: new BigInt64Array(batch * seq).fill(1n), batch, seq };
  const labels = Int32Array.from({ length: batch }, () => random.below(classes));
  const targets = { targets: { values: classTargets(labels, classes), dims: [batch, classes] } };
  const dims = [batch, seq];
  const feeds = {
    input_ids: new Tensor('int64', ids, dims),
    attention_mask: new Tensor('int64', padded.attentionMask, dims),
    token_type_ids: new Tensor('int64', new BigInt64Array(batch * seq), dims),
  };
  const forward = () =>
    inference.run(Object.fromEntries(inference.inputNames.map((n) => [n, feeds[n as 'input_ids']])));
  let steps = 0;
  const step = async () => {
    const given: TrainingBatch = { padded, targets, labels, dropoutSeed: steps++ } as TrainingBatch;
    optimizer.accumulate((await model.gradients(given)).gradients);
    optimizer.step(1e-5, optimizer.norm());
  };
  const times = (work: () => Promise<unknown>) => async () => {
    for (let i = 0; i < stepsOfRound; i++) await work();
  };
  await times(step)();
  await times(forward)();
  const ratios: number[] = [];
  const own: number[] = [];
  const passes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const pass = (await cpuOf(times(forward))) / stepsOfRound;
    const whole = (await cpuOf(times(step))) / stepsOfRound;
    passes.push(pass);
    own.push(whole);
    ratios.push(whole / pass);
  }
  await model.close();
  await inference.release();
  const shape = `${batch} texts of ${seq} tokens`;
  report.add(`forward pass, ${shape}: CPU time`, 1000 * median(passes), 'ms');
  report.add(`training step, ${shape}: CPU time`, 1000 * median(own), 'ms');
  report.add(`training step in forward passes, ${shape}`, median(ratios), 'x', { target: 3.5, lower: true });
  const peer = pytorch(encoder);
  if (peer === undefined) return note('PyTorch: not compared, as there is no python3 with torch');
  const name = { peer: `PyTorch ${peer.version}` };
  report.add(`training step of PyTorch, ${shape}: CPU time`, 1000 * peer.step, 'ms', name);
  report.add(`forward pass of PyTorch, ${shape}: CPU time`, 1000 * peer.forward, 'ms', name);
  report.add(`training step in those of PyTorch`, median(own) / peer.step, 'x', { target: 1, lower: true });
}
