import type { inferenceV1, knowledgeV1 } from '@cairn/contracts';
import { embedResponse, topicRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

type Embed = inferenceV1.EmbedRequest;
type Classify = inferenceV1.ClassifyRequest;

describe('texts through models', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => {
    bench.reset();
    bench.knowledge.on<knowledgeV1.GetTopicsRequest, knowledgeV1.TopicList>('getTopics', ({ ids }) => ({
      topics: ids.map(topicRow),
    }));
  });
  afterAll(() => bench.stop());

  const vectors = Float32Array.of(0.5, -1, 0, 0, 2, 3);
  const packed = Buffer.from(vectors.buffer);
  const failed = { index: 1, code: 'INVALID_INPUT', message: 'The text is empty.' };
  const answerThree = () =>
    bench.inference.on<Embed, inferenceV1.EmbedResponse>('embed', () => ({
      ...embedResponse(vectors, 2, { pooling: 'cls', layers: 'mean(-1,0)' }),
      items: [{ tokens: 3 }, { tokens: 0 }, { tokens: 600, truncated: true }],
      errors: [failed],
      timings: { tokenizationUs: 1500, queueUs: 250, inferenceUs: 20_000 },
    }));

  it('gives vectors as numbers, as bytes and packed, and says which text could not be encoded', async () => {
    answerThree();
    const { data, errors } = await bench.ask(
      `{ embed(texts: ["a", "", "b"]) {
           packed errors { index code message } timings { tokenizationMs queueMs inferenceMs }
           provenance { encoderId pooling layer layers dimension }
           embeddings { values base64 tokens truncated error { index code message } } } }`,
    );
    expect(errors).toEqual([]);
    const given = { error: null, truncated: false };
    expect(data).toEqual({
      embed: {
        packed: packed.toString('base64'),
        errors: [failed],
        timings: { tokenizationMs: 1.5, queueMs: 0.25, inferenceMs: 20 },
        provenance: { encoderId: 'encoder', pooling: 'CLS', layer: -1, layers: 'mean(-1,0)', dimension: 2 },
        embeddings: [
          { ...given, values: [0.5, -1], base64: packed.subarray(0, 8).toString('base64'), tokens: 3 },
          { values: null, base64: null, tokens: 0, truncated: false, error: failed },
          { ...given, values: [2, 3], base64: packed.subarray(16).toString('base64'), tokens: 600, truncated: true },
        ],
      },
    });
  });

  it('passes on every option, and no more than was said', async () => {
    answerThree();
    const selection = '{ embeddings { tokens } }';
    await bench.ask(`{ embed(texts: ["a"]) ${selection} }`);
    await bench.ask(
      `{ embed(texts: ["a"], model: "m", layers: [-1, 0], layerCombination: CONCAT, pooling: LAST, dimensions: 64,
               normalize: false, truncate: START, priority: BULK) ${selection} }`,
    );
    const [plain, full] = bench.inference.calls.map(({ request }) => (request as Embed).options);
    expect(plain).toEqual({
      model: '',
      layers: [],
      layerCombination: 'mean',
      pooling: '',
      dimensions: 0,
      normalize: true,
      truncate: 'TRUNCATE_END',
      priority: 'PRIORITY_INTERACTIVE',
      _normalize: 'normalize',
    });
    expect(full).toMatchObject({
      model: 'm',
      layers: [-1, 0],
      layerCombination: 'concat',
      pooling: 'last',
      dimensions: 64,
      normalize: false,
      truncate: 'TRUNCATE_START',
      priority: 'PRIORITY_BULK',
    });
  });

  it('refuses dimensions that would mean all of them', async () => {
    const { errors } = await bench.ask('{ embed(texts: ["a"], dimensions: 0) { packed } }');
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT', field: 'dimensions' } }]);
    expect(bench.inference.methods).toEqual([]);
  });

  it('names the topics of classified texts with one call', async () => {
    bench.inference.on<Classify, inferenceV1.ClassifyResponse>('classify', ({ texts }) => ({
      headId: 'h',
      items: texts.map(() => ({ tokens: 4 })),
      classifications: texts.map((_text, index) => ({
        unknown: index === 1,
        ...{
          detector: 'combined',
          score: 0.25,
          threshold: 0.5,
          nearest: { label: 't5', distance: 0.125, to: 'example' },
        },
        classes: [
          { label: `t${index}`, probability: 0.5 },
          { label: 't9', probability: 0.25 },
        ],
      })),
    }));
    const { data } = await bench.ask(
      `{ classify(texts: ["a", "b"], topK: 2) { headId classifications {
           unknown label confidence topic { title }
           because { detector score threshold nearest { label distance to topic { title } } }
           candidates { label topicId probability topic { title } } } } }`,
    );
    const candidate = (topicId: string, probability: number) => ({
      label: topicId,
      topicId,
      probability,
      topic: { title: `Topic ${topicId}` },
    });
    const verdict = (topicId: string, unknown: boolean) => ({
      unknown,
      label: topicId,
      confidence: 0.5,
      topic: { title: `Topic ${topicId}` },
      because: {
        ...{ detector: 'combined', score: 0.25, threshold: 0.5 },
        nearest: { label: 't5', distance: 0.125, to: 'example', topic: { title: 'Topic t5' } },
      },
      candidates: [candidate(topicId, 0.5), candidate('t9', 0.25)],
    });
    expect(data).toEqual({ classify: { headId: 'h', classifications: [verdict('t0', false), verdict('t1', true)] } });
    expect(bench.knowledge.methods).toEqual(['getTopics']);
  });

  it('gives the classes of a model with its own head as they are, and takes none of them for a topic', async () => {
    bench.inference.on<Classify, inferenceV1.ClassifyResponse>('classify', () => ({
      items: [{ tokens: 4 }],
      classifications: [{ classes: [{ label: 'joy', probability: 0.75 }] }],
      timings: { inferenceUs: 1000 },
    }));
    const { data, errors } = await bench.ask(
      `{ classify(texts: ["a"], model: "emotions", truncate: ERROR) { headId head { id } timings { inferenceMs }
           classifications { label topic { id } candidates { label topicId topic { id } probability } } } }`,
      { key: 'admin-key' },
    );
    expect(errors).toEqual([]);
    const candidates = [{ label: 'joy', topicId: null, topic: null, probability: 0.75 }];
    expect(data).toEqual({
      classify: {
        headId: null,
        head: null,
        timings: { inferenceMs: 1 },
        classifications: [{ label: 'joy', topic: null, candidates }],
      },
    });
    expect(bench.knowledge.methods).toEqual(['verifyKey']);
    expect(bench.inference.calls[0].request).toMatchObject({
      headId: '',
      options: { model: 'emotions', truncate: 'TRUNCATE_ERROR', priority: 'PRIORITY_INTERACTIVE' },
    });
  });
});
