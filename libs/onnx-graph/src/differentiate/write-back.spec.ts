/** @jest-environment ./test/environments/onnx.js */
import { float32, withSession } from '../../../../test/support/training-run.js';
import { GraphBuilder, tensor } from '../graph-builder.js';
import { decodeModel, encodeModel, type ModelProto } from '../model.js';
import { buildTrainingGraph, writeBack } from './index.js';

/** y = sum(x) · w + a + b: w a Constant, and b the same values as a, which an exporter therefore stored once. */
function model(): ModelProto {
  const graph = new GraphBuilder('tied', 17);
  const x = graph.input('x', 'float32', ['batch', 'size']);
  const value = tensor('float32', [1, 2], Float32Array.of(1, 2));
  const [w] = graph.node('Constant', [], { attributes: { value }, outputs: ['w'] });
  const a = graph.constant('a', 'float32', [2], Float32Array.of(0, 0));
  const [b] = graph.node('Identity', [a], { outputs: ['b'] });
  const [total] = graph.node('ReduceSum', [x, graph.constant('axes', 'int64', [1], BigInt64Array.of(1n))]);
  const [sum] = graph.node('Add', [graph.node('MatMul', [total, w])[0], a]);
  graph.node('Add', [sum, b], { outputs: ['y'] });
  graph.output('y', 'float32', ['batch', 2]);
  return decodeModel(graph.bytes());
}

describe('trained weights, written back', () => {
  it('find their place where an exporter wrote a Constant, or an Identity of equal ones', async () => {
    const training = await buildTrainingGraph(model(), {
      loss: { kind: 'binary-cross-entropy', pooling: 'none' },
      output: 'y',
      parameters: 'all',
    });
    expect(training.parameters.map(({ name }) => name).sort()).toEqual(['a', 'b', 'w']);
    const trained = model();
    const values = new Map([
      ['w', Float32Array.of(5, 6)],
      ['a', Float32Array.of(100, 200)],
      ['b', Float32Array.of(1000, 2000)],
    ]);
    writeBack(trained, values);
    const again = decodeModel(encodeModel(trained));
    const { y } = await withSession(again, (run) => run({ x: float32(Float32Array.of(1, 10), [1, 2]) }));
    expect([...(y.data as Float32Array)]).toEqual([1155, 2266]);
  });

  it('are refused where there is no such weight, or one of another size', () => {
    expect(() => writeBack(model(), new Map([['head.weight', new Float32Array(2)]]))).toThrow(
      'no weight "head.weight"',
    );
    expect(() => writeBack(model(), new Map([['a', new Float32Array(3)]]))).toThrow('"a" [2] does not have 3');
  });
});
