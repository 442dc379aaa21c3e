import { DomainError, type inferenceV1 } from '@cairn/contracts';
import { modelRow } from './rows.js';
import { startBench, type TestBench } from './running-gateway.js';

describe('models', () => {
  let bench: TestBench;
  beforeAll(async () => (bench = await startBench()));
  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const everything = `id aliases revision state isDefault task classes problemType dimension maxTokens layers precision
    fileBytes device deviceReason sessions threads sessionsReason memoryBytes graph goldenDifference error
    provenance { encoderId }`;

  it('say everything that is known of them', async () => {
    bench.inference.on('listModels', () => ({
      models: [
        modelRow('a', { aliases: ['b'], task: 'classification', problemType: 'multi_label_classification' }),
        modelRow('b', {
          state: 'MODEL_STATE_AVAILABLE' as inferenceV1.ModelState,
          device: '',
          sessions: 0,
          precision: '',
          goldenDifference: undefined,
        }),
      ],
    }));
    const { data, errors } = await bench.ask(`{ models { ${everything} } }`);
    expect(errors).toEqual([]);
    const common = { revision: 'r', dimension: 2, maxTokens: 128, layers: 4, fileBytes: 1000, error: null };
    expect(data).toMatchObject({
      models: [
        {
          ...common,
          id: 'a',
          aliases: ['b'],
          state: 'READY',
          task: 'CLASSIFICATION',
          classes: ['joy', 'anger'],
          problemType: 'MULTI_LABEL',
          precision: 'float32',
          device: 'cpu',
          deviceReason: 'asked for cpu',
          sessions: 2,
          threads: 1,
          sessionsReason: 'measured',
          memoryBytes: 5_000_000_000,
          graph: 'as it is',
          goldenDifference: 0,
        },
        { ...common, id: 'b', state: 'AVAILABLE', device: null, sessions: null, precision: null },
      ],
    });
  });

  it('are found by id and alias; null is what does not exist', async () => {
    bench.inference.on<inferenceV1.GetModelRequest, inferenceV1.Model>('getModel', ({ id }) => {
      if (id !== 'fast') throw DomainError.notFound('model', id);
      return modelRow('a');
    });
    expect((await bench.ask('{ model(id: "fast") { id } }')).data).toEqual({ model: { id: 'a' } });
    const missing = await bench.ask('{ model(id: "no") { id } }');
    expect([missing.data, missing.errors]).toEqual([{ model: null }, []]);
    bench.inference.on('getModel', () => {
      throw new DomainError('UNAVAILABLE', 'Not now.');
    });
    const down = await bench.ask('{ model(id: "fast") { id } }');
    expect([down.data, down.errors[0].extensions.code]).toEqual([{ model: null }, 'UNAVAILABLE']);
  });

  it('are loaded from where, with which content and on which device the caller says', async () => {
    bench.inference.on<inferenceV1.LoadModelRequest, inferenceV1.Model>('loadModel', ({ contentHash }) => {
      if (contentHash === 'bad') throw DomainError.invalid('content_hash', 'The content has another hash.');
      return modelRow('a');
    });
    const load = (more: string) =>
      bench.ask(
        `mutation { loadModel(source: "o/n", revision: "c" ${more}) { model { id } userErrors { code field message } } }`,
        { key: 'admin-key' },
      );
    expect((await load('contentHash: "abc", device: "auto"')).data).toEqual({
      loadModel: { model: { id: 'a' }, userErrors: [] },
    });
    const request = { source: 'o/n', revision: 'c', contentHash: 'abc', device: 'auto' };
    expect(bench.inference.calls[0].request).toEqual(request);
    expect((await load('contentHash: "bad"')).data).toEqual({
      loadModel: {
        model: null,
        userErrors: [{ code: 'INVALID_INPUT', field: 'contentHash', message: 'The content has another hash.' }],
      },
    });
  });

  it('get aliases, which can be moved and removed', async () => {
    bench.inference.on<inferenceV1.SetModelAliasRequest, inferenceV1.SetModelAliasResponse>(
      'setModelAlias',
      ({ alias, model }) => {
        if (alias === 'a') throw new DomainError('CONFLICT', 'It is the id of a model.', { field: 'alias' });
        return { model: model === '' ? undefined : modelRow(model, { aliases: [alias] }) };
      },
    );
    const set = async (args: string) =>
      (
        await bench.ask(
          `mutation { setModelAlias(${args}) { model { id aliases } userErrors { code field message } } }`,
          { key: 'admin-key' },
        )
      ).data;
    expect(await set('alias: "fast", model: "a"')).toEqual({
      setModelAlias: { model: { id: 'a', aliases: ['fast'] }, userErrors: [] },
    });
    expect(await set('alias: "fast", model: null')).toEqual({ setModelAlias: { model: null, userErrors: [] } });
    expect(await set('alias: "a", model: "b"')).toEqual({
      setModelAlias: {
        model: null,
        userErrors: [{ code: 'CONFLICT', field: 'alias', message: 'It is the id of a model.' }],
      },
    });
  });
});
