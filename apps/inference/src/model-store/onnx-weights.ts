import { open, stat, type FileHandle } from 'node:fs/promises';

export type WeightPrecision = 'float32' | 'float16' | 'int8';

/** What an ONNX file says of its weights, without the weights. */
export interface OnnxWeights {
  /** How the matrices are stored; undefined if the file cannot be read as ONNX. */
  readonly precision: WeightPrecision | undefined;
  /** Files beside it that hold data of its tensors, in the order of their names. */
  readonly dataFiles: readonly string[];
}

const seen = new Map<string, { readonly stamp: string; readonly weights: OnnxWeights }>();

/**
 * Looks through the initializers of an ONNX file and skips their data: a model of gigabytes is read in a few hundred
 * small pieces. Looked at again only when the file has changed.
 */
export async function readOnnxWeights(file: string): Promise<OnnxWeights> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(file);
  const stamp = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  const before = seen.get(file);
  if (before?.stamp === stamp) return before.weights;
  const handle = await open(file);
  try {
    const weights = await scan(new FieldReader(handle, size), size);
    seen.set(file, { stamp, weights });
    return weights;
  } finally {
    await handle.close();
  }
}

/** Share of the matrices' elements from which on a type counts: embeddings may well stay in float32. */
const notable = 0.1;
/** TensorProto.DataType. */
const integers = new Set([2, 3]);
const halves = new Set([10, 16]);

async function scan(reader: FieldReader, size: number): Promise<OnnxWeights> {
  const elements = { float32: 0, float16: 0, int8: 0 };
  const dataFiles = new Set<string>();
  let hasGraph = false;
  try {
    await reader.fields(size, async (model) => {
      if (model.number !== 7) return;
      hasGraph = true;
      await reader.fields(model.end, async (graph) => {
        if (graph.number !== 5) return;
        const tensor = await readTensor(reader, graph.end);
        // A path that leaves the folder is refused when the model is loaded.
        if (tensor.location !== undefined && !/\.\.|^[/\\]|:/.test(tensor.location)) dataFiles.add(tensor.location);
        if (tensor.dims.length < 2) return;
        const type = integers.has(tensor.type) ? 'int8' : halves.has(tensor.type) ? 'float16' : 'float32';
        elements[type] += tensor.dims.reduce((product, dim) => product * dim, 1);
      });
    });
    if (!hasGraph) throw new NotOnnx();
  } catch (error) {
    if (!(error instanceof NotOnnx)) throw error;
    return { precision: undefined, dataFiles: [...dataFiles].sort() };
  }
  const total = elements.float32 + elements.float16 + elements.int8;
  const precision = (['int8', 'float16'] as const).find((type) => total > 0 && elements[type] >= notable * total);
  return { precision: precision ?? 'float32', dataFiles: [...dataFiles].sort() };
}

/** dims = 1, data_type = 2, external_data = 13 of a TensorProto. */
async function readTensor(reader: FieldReader, end: number) {
  const dims: number[] = [];
  let type = 0;
  let location: string | undefined;
  await reader.fields(end, async (field) => {
    if (field.number === 2) type = field.value;
    if (field.number === 1 && field.wire === 0) dims.push(field.value);
    if (field.number === 1 && field.wire === 2) while (reader.position < field.end) dims.push(await reader.varint());
    if (field.number !== 13) return;
    const entry: string[] = [];
    await reader.fields(field.end, async ({ number, end: last }) => void (entry[number] = await reader.text(last)));
    if (entry[1] === 'location') location = entry[2];
  });
  return { dims, type, location };
}

class NotOnnx extends Error {}

interface WireField {
  readonly number: number;
  readonly wire: number;
  /** Of a varint. */
  readonly value: number;
  /** Where the next field begins. */
  readonly end: number;
}

/** Protobuf fields of a file, from a window that moves over it. */
class FieldReader {
  position = 0;
  private readonly window = Buffer.alloc(16_384);
  private from = 0;
  private filled = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {}

  /** Visits the fields up to `end`; whatever a visitor leaves unread is skipped. */
  async fields(end: number, visit: (field: WireField) => Promise<void>): Promise<void> {
    while (this.position < end) {
      const tag = await this.varint();
      const wire = tag & 7;
      const number = Math.floor(tag / 8);
      const value = wire === 0 || wire === 2 ? await this.varint() : 0;
      const length = wire === 2 ? value : wire === 1 ? 8 : wire === 5 ? 4 : 0;
      const next = this.position + length;
      if (number === 0 || ![0, 1, 2, 5].includes(wire) || next > end) throw new NotOnnx();
      await visit({ number, wire, value, end: next });
      this.position = next;
    }
  }

  async varint(): Promise<number> {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = await this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > 2 ** 63) throw new NotOnnx();
    }
  }

  async text(end: number): Promise<string> {
    // Names of files; nothing longer is wanted.
    if (end - this.position > 4096) throw new NotOnnx();
    const bytes = Buffer.alloc(end - this.position);
    await this.handle.read(bytes, 0, bytes.length, this.position);
    this.position = end;
    return bytes.toString('utf8');
  }

  private async byte(): Promise<number> {
    if (this.position >= this.size) throw new NotOnnx();
    if (this.position < this.from || this.position >= this.from + this.filled) {
      this.from = this.position;
      this.filled = (await this.handle.read(this.window, 0, this.window.length, this.from)).bytesRead;
      if (this.filled === 0) throw new NotOnnx();
    }
    return this.window[this.position++ - this.from];
  }
}
