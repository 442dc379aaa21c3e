import { Child } from './child.js';
import { clientShare, graphql, grpcStream, rawLimit, transformersJs, type Contestant } from './contestants.js';
import { findEngineGraph } from './encoders.js';
import type { GrpcLoadFunctions } from './grpc-load.js';
import { InferenceProgram } from './inference-program.js';
import { largestDifference, median, textsPerSecond, type Rate } from './rate.js';
import { withAll, type Setting } from './setting.js';
import type { TransformersJsFunctions } from './transformers-js.js';

const names = {
  raw: 'raw limit',
  rawGraph: 'raw limit, graph of the engine',
  peer: 'transformers.js, batch 32',
  peerAlone: 'transformers.js, one by one',
  grpc: 'gRPC streaming',
  graphql: 'GraphQL, 256 texts a request',
} as const;

/** Texts/s of Cairn, of ONNX Runtime alone and of transformers.js: medians over rounds in which each has its turn. */
export async function throughput(setting: Setting): Promise<void> {
  const { encoder, options, texts } = setting;
  await withAll(async (keep) => {
    // One after the other, so that none starts, or calibrates itself, beside another.
    const program = keep(await InferenceProgram.start(encoder, setting.store));
    const contestants = [keep(rawLimit(names.raw, encoder, { file: encoder.onnxFile, engine: false }))];
    const model = await program.model(encoder.id);
    setting.note(
      `throughput, ${encoder.name}: engine: ${model.sessions} x ${model.threads} threads; ${model.sessionsReason}`,
    );
    setting.note(`throughput, ${encoder.name}: engine: ${model.graph}`);
    const graph = options.graphs[encoder.name] ?? findEngineGraph(setting.store, model.revision);
    if (graph !== undefined) contestants.push(keep(rawLimit(names.rawGraph, encoder, { file: graph, engine: true })));
    contestants.push(keep(await grpcStream(names.grpc, program)));
    contestants.push(keep(await graphql(names.graphql, encoder, setting.store)));
    contestants.push(keep(await transformersJs(names.peer, encoder, 32)));
    contestants.push(keep(await transformersJs(names.peerAlone, encoder, 1)));
    for (const set of ['short', 'long', 'mix'] as const)
      await compare(setting, `throughput, ${encoder.name}, ${set}`, contestants, texts[set]);
    await compareVectors(setting, program);
  });
}

async function compare(setting: Setting, title: string, contestants: readonly Contestant[], texts: readonly string[]) {
  const { report, options } = setting;
  for (const contestant of contestants) {
    const plan = await contestant.prepare(texts, options.seconds);
    if (typeof plan === 'string') setting.note(`${title}: ${contestant.name}: ${plan}`);
  }
  const rounds: Map<string, Rate>[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const rates = new Map<string, Rate>();
    for (const { name, measure, rounds: most = Infinity } of contestants)
      if (round < most) rates.set(name, await measure(options.seconds));
    rounds.push(rates);
  }
  /** Median over the rounds in which all of these took part. */
  const over = (value: (rates: Map<string, Rate>) => number, ...of: string[]) =>
    median(rounds.filter((rates) => of.every((name) => rates.has(name))).map(value));
  const rateOf = (rates: Map<string, Rate>, name: string) => textsPerSecond(rates.get(name)!);
  for (const { name, peer } of contestants)
    report.add(
      `${title}: ${name}`,
      over((rates) => rateOf(rates, name), name),
      'texts/s',
      { peer },
    );
  const ratio = (name: string, other: string, unit: string, target?: number) => {
    if (!rounds[0].has(other)) return;
    const value = over((rates) => rateOf(rates, name) / rateOf(rates, other), name, other);
    report.add(`${title}: ${short[name]} / ${short[other]}`, value, unit, { target });
  };
  for (const limit of [names.raw, names.rawGraph]) {
    ratio(names.grpc, limit, 'share', 0.95);
    ratio(names.graphql, limit, 'share', 0.9);
  }
  ratio(names.grpc, names.peer, 'times', title.endsWith('mix') ? 3 : undefined);
  ratio(names.grpc, names.peerAlone, 'times');
  for (const name of [names.grpc, names.graphql])
    report.add(
      `${title}: cores taken by the client, ${short[name]}`,
      over((rates) => clientShare(rates.get(name)!)),
      'share',
    );
}

/** Names in ratios. */
const short: Record<string, string> = {
  [names.raw]: 'raw limit',
  [names.rawGraph]: 'raw limit, graph of the engine',
  [names.peer]: 'transformers.js, batch 32',
  [names.peerAlone]: 'transformers.js, one by one',
  [names.grpc]: 'gRPC',
  [names.graphql]: 'GraphQL',
};

/** That the same work was done: vectors of Cairn beside those of transformers.js. Of texts that are not cut: it cuts off [SEP]. */
async function compareVectors({ encoder, texts, report }: Setting, program: InferenceProgram): Promise<void> {
  const some = texts.short.slice(0, 64);
  await withAll(async (keep) => {
    const cairn = keep(Child.start<GrpcLoadFunctions>('grpc-load'));
    await cairn.call('connect', program.address);
    const peer = keep(Child.start<TransformersJsFunctions>('transformers-js'));
    await peer.call('open', encoder.folder);
    const difference = largestDifference(await cairn.call('embed', some), await peer.call('embed', some));
    const figure = `throughput, ${encoder.name}: largest difference from transformers.js`;
    report.add(figure, difference, '', { target: 1e-4, lower: true, peer: '@huggingface/transformers' });
  });
}
