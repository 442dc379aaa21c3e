/** @jest-environment ./test/environments/onnx.js */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { float, GraphBuilder, int, ints, tensor, text } from './graph-builder.js';
import { decodeModel } from './model.js';

describe('GraphBuilder', () => {
  it('builds a model that ONNX Runtime runs: 2 · x · wᵀ + b, then the mean over columns', async () => {
    const graph = new GraphBuilder('affine');
    const x = graph.input('x', 'float32', ['rows', 2]);
    const w = graph.constant('w', 'float32', [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1));
    const b = graph.constant('b', 'float32', [3], Float32Array.of(10, 20, 30));
    const [product] = graph.node('Gemm', [x, w, b], { attributes: { alpha: float(2), transB: int(1) } });
    const attributes = { axes: ints([1]), keepdims: int(0) };
    const [mean] = graph.node('ReduceMean', [product], { attributes, outputs: ['mean'] });
    graph.output(product, 'float32', ['rows', 3]);
    graph.output(mean, 'float32', ['rows']);

    const session = await InferenceSession.create(graph.bytes());
    const output = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) });

    expect(output[product].dims).toEqual([2, 3]);
    expect([...(output[product].data as Float32Array)]).toEqual([12, 24, 36, 16, 28, 44]);
    expect([...(output.mean.data as Float32Array)]).toEqual([24, expect.closeTo(88 / 3, 5)]);
    await session.release();
  });

  it('writes attributes, shapes and the opset as ONNX wants them', () => {
    const graph = new GraphBuilder('attributes');
    const x = graph.input('x', 'int64', ['n', 4]);
    graph.node('Made', [x, ''], { attributes: { mode: text('linear'), n: int(-3), f: float(0.5), s: ints([1, -1]) } });
    const model = decodeModel(graph.bytes());
    expect(model.opsetImport).toEqual([{ domain: '', version: 17 }]);
    expect(model.graph?.input[0].type?.tensorType).toEqual({
      elemType: 7,
      shape: { dim: [{ dimParam: 'n' }, { dimValue: 4 }] },
    });
    const [node] = model.graph?.node ?? [];
    expect(node.input).toEqual(['x', '']);
    expect(
      node.attribute.map(({ name, type, i, f, ints: many, s }) => [
        name,
        type,
        i ?? f ?? (s && Buffer.from(s).toString()) ?? many,
      ]),
    ).toEqual([
      ['mode', 3, 'linear'],
      ['n', 2, -3],
      ['f', 1, 0.5],
      ['s', 7, [1, -1]],
    ]);
  });

  it('writes the opset asked for with the file format that came with it, nodes by name, and constants as nodes', async () => {
    const graph = new GraphBuilder('newer', 20);
    const x = graph.input('x', 'float32', ['n']);
    const value = tensor('float32', [2], Float32Array.of(1, 2));
    const [two] = graph.node('Constant', [], { name: '/Constant', attributes: { value }, outputs: ['two'] });
    const [sum] = graph.node('Add', [x, two]);
    // Gelu is an operator since opset 20.
    graph.output(graph.node('Gelu', [sum], { outputs: ['y'] })[0], 'float32', ['n']);
    const model = decodeModel(graph.bytes());
    expect([model.irVersion, model.opsetImport[0].version, model.graph?.node[0].name]).toEqual([9, 20, '/Constant']);

    const session = await InferenceSession.create(graph.bytes());
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(-1, -2), [2]) });
    expect([...(y.data as Float32Array)]).toEqual([0, 0]);
    await session.release();
  });

  it('refuses values that nothing defines, names used twice and shapes that do not fit', () => {
    const graph = new GraphBuilder('wrong');
    const x = graph.input('x', 'float32', [1]);
    expect(() => graph.node('Relu', ['y'])).toThrow('nothing has defined');
    expect(() => graph.node('Relu', [x], { outputs: ['x'] })).toThrow('Two values');
    expect(() => graph.output('y', 'float32', [1])).toThrow('computed by no node');
    expect(() => graph.constant('c', 'float32', [2, 2], new Float32Array(3))).toThrow('has 4 elements; got 3');
    expect(() => graph.constant('c', 'float32', [3], new Float64Array(3))).toThrow('needs a Float32Array');
  });
});
