import { decodeMessage, encodeMessage } from './codec.js';
import { modelSchema } from './schema.js';
import type { Int64 } from './wire.js';

/** What every message may carry: fields that the schema does not know, byte for byte, tag included. */
interface Message {
  unknown?: Uint8Array[];
}

export interface StringStringEntry extends Message {
  key?: string;
  value?: string;
}

export interface TensorProto extends Message {
  dims: Int64[];
  /** One of `elementTypes`. */
  dataType?: Int64;
  name?: string;
  /** Little-endian elements; a view on the bytes the model was decoded from. */
  rawData?: Uint8Array;
  floatData: number[];
  int32Data: Int64[];
  int64Data: Int64[];
  uint64Data: Int64[];
  doubleData: number[];
  stringData: Uint8Array[];
  docString?: string;
  externalData: StringStringEntry[];
  dataLocation?: Int64;
}

export interface DimensionProto extends Message {
  dimValue?: Int64;
  dimParam?: string;
  denotation?: string;
}

export interface ValueInfoProto extends Message {
  name?: string;
  type?: Message & {
    tensorType?: Message & { elemType?: Int64; shape?: Message & { dim: DimensionProto[] } };
    denotation?: string;
  };
  docString?: string;
  metadataProps: StringStringEntry[];
}

export interface AttributeProto extends Message {
  name?: string;
  /** One of `attributeTypes`: which of the following holds the value. */
  type?: Int64;
  f?: number;
  i?: Int64;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats: number[];
  ints: Int64[];
  strings: Uint8Array[];
  tensors: TensorProto[];
  graphs: GraphProto[];
  docString?: string;
  refAttrName?: string;
}

export interface NodeProto extends Message {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  attribute: AttributeProto[];
  docString?: string;
  domain?: string;
  overload?: string;
  metadataProps: StringStringEntry[];
}

export interface GraphProto extends Message {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
  docString?: string;
  metadataProps: StringStringEntry[];
}

export interface ModelProto extends Message {
  irVersion?: Int64;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Int64;
  docString?: string;
  graph?: GraphProto;
  opsetImport: (Message & { domain?: string; version?: Int64 })[];
  metadataProps: StringStringEntry[];
}

/** TensorProto.DataType of onnx.proto. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const;
export type ElementType = keyof typeof elementTypes;

/** AttributeProto.AttributeType of onnx.proto. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/**
 * A model from the bytes of an .onnx file. Tensors stay views on `bytes`; unknown fields are kept.
 * @throws OnnxFormatError where the bytes are truncated or not protobuf
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decodeMessage(modelSchema, bytes) as unknown as ModelProto;
}

/** The bytes of an .onnx file: fields by number, unknown ones last. A decoded model gives equal bytes if it had that order. */
export function encodeModel(model: ModelProto): Uint8Array {
  return encodeMessage(modelSchema, model as unknown as Record<string, unknown>);
}
