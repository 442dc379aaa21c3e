import { GraphBuilder, int } from '@cairn/onnx-graph';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** `products [rows, positions]` of float32 rows `[rows, stride]` and centroids `[positions, stride]`. */
function floatGraph(): Uint8Array {
  const graph = new GraphBuilder('float-products');
  const rows = graph.input('rows', 'float32', ['rows', 'stride']);
  const centroids = graph.input('centroids', 'float32', ['positions', 'stride']);
  graph.node('Gemm', [rows, centroids], { attributes: { transB: int(1) }, outputs: ['products'] });
  graph.output('products', 'float32', ['rows', 'positions']);
  return graph.bytes();
}

/** Exact whole `products [rows, positions]` of rows in bytes, 128 meaning 0, and centroids `[stride, positions]`. */
function byteGraph(): Uint8Array {
  const graph = new GraphBuilder('byte-products');
  const rows = graph.input('rows', 'uint8', ['rows', 'stride']);
  const centroids = graph.input('centroids', 'int8', ['stride', 'positions']);
  const zero = graph.constant('zero', 'uint8', [], Uint8Array.of(128));
  graph.node('MatMulInteger', [rows, centroids, zero], { outputs: ['products'] });
  graph.output('products', 'int32', ['rows', 'positions']);
  return graph.bytes();
}

/**
 * Matrix products on ONNX Runtime, from and into memory of ours. One thread a session: parallelism lies above.
 *
 * Products of bytes cost a third of those of floats where the processor has instructions for them. Older instructions
 * saturate; a probe finds out, and floats are multiplied there.
 */
export class Products {
  private constructor(
    private readonly floats: InferenceSession,
    private readonly bytes: InferenceSession,
    /** Whether products of bytes are exact on this processor. */
    readonly exactBytes: boolean,
  ) {}

  static async create(): Promise<Products> {
    const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionProviders: ['cpu'] };
    const floats = await InferenceSession.create(floatGraph(), options);
    const bytes = await InferenceSession.create(byteGraph(), options);
    return new Products(floats, bytes, await bytesAreExact(bytes));
  }

  async release(): Promise<void> {
    await this.floats.release();
    await this.bytes.release();
  }

  /** `products [rows, positions]` of `rows [rows, stride]` and `centroids [positions, stride]`. */
  async multiplyFloats(
    rows: Float32Array,
    centroids: Float32Array,
    stride: number,
    products: Float32Array,
  ): Promise<void> {
    const count = rows.length / stride;
    const positions = centroids.length / stride;
    await this.floats.run(
      {
        rows: new Tensor('float32', rows, [count, stride]),
        centroids: new Tensor('float32', centroids, [positions, stride]),
      },
      { products: new Tensor('float32', products, [count, positions]) },
    );
  }

  /** `products [rows, positions]` of `rows [rows, stride]`, 128 meaning 0, and `centroids [stride, positions]`. */
  multiplyBytes(rows: Uint8Array, centroids: Int8Array, stride: number, products: Int32Array): Promise<void> {
    return runBytes(this.bytes, rows, centroids, stride, products);
  }
}

async function runBytes(
  session: InferenceSession,
  rows: Uint8Array,
  centroids: Int8Array,
  stride: number,
  products: Int32Array,
): Promise<void> {
  const count = rows.length / stride;
  const positions = centroids.length / stride;
  await session.run(
    {
      rows: new Tensor('uint8', rows, [count, stride]),
      centroids: new Tensor('int8', centroids, [stride, positions]),
    },
    { products: new Tensor('int32', products, [count, positions]) },
  );
}

/** Whether the largest products are exact: sums of two of them overflow 16 bits, in which some instructions add. */
async function bytesAreExact(session: InferenceSession): Promise<boolean> {
  const stride = 64;
  const positions = 48;
  const rows = new Uint8Array(8 * stride).fill(255);
  for (let at = 0; at < 4 * stride; at++) rows[at] = 1;
  const centroids = new Int8Array(stride * positions).fill(127);
  for (let at = 0; at < centroids.length; at += 2) centroids[at] = -127;
  const products = new Int32Array(8 * positions);
  await runBytes(session, rows, centroids, stride, products);
  return products.every((product, at) => {
    const expected = 127 * 127 * stride * (at < 4 * positions ? -1 : 1) * (at % 2 === 0 ? -1 : 1);
    return product === expected;
  });
}
