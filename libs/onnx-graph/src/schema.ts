/**
 * The messages of onnx.proto (ONNX 1.16) that Cairn reads and writes, as data: the codec knows only this table.
 * Fields that are not here are kept as they were.
 */
export type ScalarKind = 'string' | 'bytes' | 'int64' | 'uint64' | 'float' | 'double';

export interface Field {
  readonly name: string;
  /** What it holds: a scalar or, as a function because messages refer to each other, a message. */
  readonly kind: ScalarKind | (() => Schema);
  readonly repeated?: boolean;
  /** Written as one run of bytes. Both forms are read, whatever it says here. */
  readonly packed?: boolean;
}

/** Fields by their protobuf number. */
export type Schema = Readonly<Record<number, Field>>;

const one = (name: string, kind: Field['kind']): Field => ({ name, kind });
const many = (name: string, kind: Field['kind']): Field => ({ name, kind, repeated: true });
const run = (name: string, kind: ScalarKind): Field => ({ name, kind, repeated: true, packed: true });

const stringPair: Schema = { 1: one('key', 'string'), 2: one('value', 'string') };

const dimension: Schema = {
  1: one('dimValue', 'int64'),
  2: one('dimParam', 'string'),
  3: one('denotation', 'string'),
};
const shape: Schema = { 1: many('dim', () => dimension) };
const tensorType: Schema = { 1: one('elemType', 'int64'), 2: one('shape', () => shape) };
const type: Schema = { 1: one('tensorType', () => tensorType), 6: one('denotation', 'string') };

const valueInfo: Schema = {
  1: one('name', 'string'),
  2: one('type', () => type),
  3: one('docString', 'string'),
  4: many('metadataProps', () => stringPair),
};

const tensor: Schema = {
  1: many('dims', 'int64'),
  2: one('dataType', 'int64'),
  4: run('floatData', 'float'),
  5: run('int32Data', 'int64'),
  6: many('stringData', 'bytes'),
  7: run('int64Data', 'int64'),
  8: one('name', 'string'),
  9: one('rawData', 'bytes'),
  10: run('doubleData', 'double'),
  11: run('uint64Data', 'uint64'),
  12: one('docString', 'string'),
  13: many('externalData', () => stringPair),
  14: one('dataLocation', 'int64'),
};

const attribute: Schema = {
  1: one('name', 'string'),
  2: one('f', 'float'),
  3: one('i', 'int64'),
  4: one('s', 'bytes'),
  5: one('t', () => tensor),
  6: one('g', () => graph),
  7: many('floats', 'float'),
  8: many('ints', 'int64'),
  9: many('strings', 'bytes'),
  10: many('tensors', () => tensor),
  11: many('graphs', () => graph),
  13: one('docString', 'string'),
  20: one('type', 'int64'),
  21: one('refAttrName', 'string'),
};

const node: Schema = {
  1: many('input', 'string'),
  2: many('output', 'string'),
  3: one('name', 'string'),
  4: one('opType', 'string'),
  5: many('attribute', () => attribute),
  6: one('docString', 'string'),
  7: one('domain', 'string'),
  8: one('overload', 'string'),
  9: many('metadataProps', () => stringPair),
};

const graph: Schema = {
  1: many('node', () => node),
  2: one('name', 'string'),
  5: many('initializer', () => tensor),
  10: one('docString', 'string'),
  11: many('input', () => valueInfo),
  12: many('output', () => valueInfo),
  13: many('valueInfo', () => valueInfo),
  16: many('metadataProps', () => stringPair),
};

const operatorSet: Schema = { 1: one('domain', 'string'), 2: one('version', 'int64') };

export const modelSchema: Schema = {
  1: one('irVersion', 'int64'),
  2: one('producerName', 'string'),
  3: one('producerVersion', 'string'),
  4: one('domain', 'string'),
  5: one('modelVersion', 'int64'),
  6: one('docString', 'string'),
  7: one('graph', () => graph),
  8: many('opsetImport', () => operatorSet),
  14: many('metadataProps', () => stringPair),
};
