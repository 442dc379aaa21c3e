import { elementTypes, type ElementType, type TensorProto } from './model.js';

const arrayOf = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

/** Element types that tensors are made from and read into; float16 and strings are only carried through. */
export type TensorElementType = keyof typeof arrayOf;
export type TensorArray = InstanceType<(typeof arrayOf)[TensorElementType]>;

/**
 * An initializer `[...dims]` from row-major values; the tensor keeps a view on them.
 * @throws RangeError if the shape and the number of values disagree
 */
export function makeTensor(name: string, type: TensorElementType, dims: number[], values: TensorArray): TensorProto {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (!(values instanceof arrayOf[type]))
    throw new RangeError(`Tensor "${name}" of ${type} needs a ${arrayOf[type].name}.`);
  if (values.length !== size)
    throw new RangeError(`Tensor "${name}" [${dims.join(', ')}] has ${size} elements; got ${values.length} values.`);
  return {
    dims,
    dataType: elementTypes[type],
    name,
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    floatData: [],
    int32Data: [],
    int64Data: [],
    uint64Data: [],
    doubleData: [],
    stringData: [],
    externalData: [],
  };
}

/** Whether a tensor's values can be read: it has numbers, and here. */
export function isReadable({ dataType, externalData }: TensorProto): boolean {
  const type = typeNamed(dataType);
  return type !== undefined && type in arrayOf && externalData.length === 0;
}

const typeNamed = (dataType: TensorProto['dataType']): ElementType | undefined =>
  (Object.keys(elementTypes) as ElementType[]).find((name) => elementTypes[name] === dataType);

/**
 * The values of a tensor as a typed array of its element type, copied, whichever field they lie in.
 * @throws RangeError for types without such an array, for tensors whose data lies in another file, and for data that is
 * shorter or longer than the shape says
 */
export function tensorValues(tensor: TensorProto): TensorArray {
  const type = typeNamed(tensor.dataType);
  if (type === undefined || !(type in arrayOf))
    throw new RangeError(`Tensor "${tensor.name}" has element type ${type ?? tensor.dataType}, which is not read.`);
  if (tensor.externalData.length > 0) throw new RangeError(`The data of tensor "${tensor.name}" lies in another file.`);
  const name = type as TensorElementType;
  const size = tensor.dims.reduce<number>((product, dim) => product * Number(dim), 1);
  const values = valuesOf(tensor, name);
  if (values?.length !== size)
    throw new RangeError(
      `Tensor "${tensor.name}" [${tensor.dims.join(', ')}] of ${name} has ${size} elements; its data is of another length.`,
    );
  return values;
}

/** The values as they are stored; undefined if bytes are left over. */
function valuesOf(tensor: TensorProto, name: TensorElementType): TensorArray | undefined {
  if (tensor.rawData !== undefined) {
    if (tensor.rawData.byteLength % arrayOf[name].BYTES_PER_ELEMENT !== 0) return undefined;
    // A copy through Uint8Array: the slice of a Buffer would be a view, and need not be aligned.
    return new arrayOf[name](new Uint8Array(tensor.rawData).buffer);
  }
  if (name === 'int64') return BigInt64Array.from(tensor.int64Data, BigInt);
  if (name === 'uint64') return BigUint64Array.from(tensor.uint64Data, BigInt);
  const numbers =
    name === 'float32'
      ? tensor.floatData
      : name === 'float64'
        ? tensor.doubleData
        : name === 'uint32'
          ? tensor.uint64Data.map(Number)
          : tensor.int32Data.map(Number);
  return arrayOf[name].from(numbers);
}
