import type { ModelProto, TensorProto } from './model.js';
import { elementTypes } from './model.js';

/** Tensors below this stay in the model: shapes and other small things that ONNX Runtime wants to see at once. */
const smallestExternal = 1024;
/** Offsets at page borders (64 KiB serves every system), so that the data can be mapped into memory. */
const alignment = 65_536;

/**
 * Moves the data of large tensors out of a model, in place. ONNX Runtime maps such data into memory instead of copying
 * it: rows of an embedding table that no text needs never take memory.
 * @param location name of the data file, relative to the model's folder
 * @returns what the data file holds, in pieces, one after the other
 */
export function separateData(model: ModelProto, location: string): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of model.graph!.initializer) {
    const data = tensor.rawData;
    if (data === undefined || data.byteLength < smallestExternal) continue;
    const gap = (alignment - (offset % alignment)) % alignment;
    if (gap > 0) pieces.push(new Uint8Array(gap));
    offset += gap;
    tensor.externalData = [
      { key: 'location', value: location },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(data.byteLength) },
    ];
    tensor.dataLocation = 1;
    tensor.rawData = undefined;
    pieces.push(data);
    offset += data.byteLength;
  }
  return pieces;
}

/**
 * Brings the data of tensors that lie in other files into a model, in place.
 * @param read gives the bytes of a file in the model's folder
 * @throws RangeError if a tensor's data is not where the model says
 */
export function includeData(model: ModelProto, read: (location: string) => Uint8Array): void {
  const files = new Map<string, Uint8Array>();
  for (const tensor of model.graph!.initializer) {
    if (tensor.externalData.length === 0) continue;
    const { location, offset, length } = placeOf(tensor);
    let file = files.get(location);
    if (file === undefined) files.set(location, (file = read(location)));
    const size = sizeOf(tensor);
    const end = offset + (length ?? size ?? file.byteLength - offset);
    if (end > file.byteLength || offset > file.byteLength)
      throw new RangeError(
        `The data of tensor "${tensor.name}" ends at byte ${end} of ${location}, which has ${file.byteLength}: is it cut short?`,
      );
    if (size !== undefined && end - offset !== size)
      throw new RangeError(
        `The data of tensor "${tensor.name}" [${tensor.dims.join(', ')}] has ${end - offset} bytes; it needs ${size}.`,
      );
    tensor.rawData = file.subarray(offset, end);
    tensor.externalData = [];
    tensor.dataLocation = undefined;
  }
}

function placeOf(tensor: TensorProto): { location: string; offset: number; length: number | undefined } {
  const value = (key: string) => tensor.externalData.find((entry) => entry.key === key)?.value;
  const location = value('location');
  // A path that leaves the folder would read whatever the process may read.
  if (!location || location.includes('..') || location.includes('\0') || /^([/\\]|[A-Za-z]:)/.test(location))
    throw new RangeError(
      `The data of tensor "${tensor.name}" lies in "${location ?? ''}", which is no file in the model's folder.`,
    );
  const count = (key: string): number | undefined => {
    const given = value(key);
    if (given === undefined) return undefined;
    if (!/^\d{1,15}$/.test(given))
      throw new RangeError(
        `The data of tensor "${tensor.name}" has the ${key} "${given}", which is no number of bytes.`,
      );
    return Number(given);
  };
  return { location, offset: count('offset') ?? 0, length: count('length') };
}

/** Bytes of one element, for the types that models keep in other files. */
const elementBytes: Readonly<Record<number, number>> = {
  [elementTypes.float32]: 4,
  [elementTypes.float16]: 2,
  [elementTypes.float64]: 8,
  [elementTypes.int8]: 1,
  [elementTypes.uint8]: 1,
  [elementTypes.int32]: 4,
  [elementTypes.int64]: 8,
};

/** Bytes that a tensor of this shape and type has; undefined for types not in the table. */
function sizeOf({ dims, dataType }: TensorProto): number | undefined {
  const bytes = elementBytes[Number(dataType)];
  return bytes === undefined ? undefined : dims.reduce<number>((size, dim) => size * Number(dim), bytes);
}

/** Name of the first tensor with a weight that is no number (NaN or infinite), if there is one. */
export function nonFiniteTensor(model: ModelProto): string | undefined {
  for (const { name, dataType, rawData, floatData, dims } of model.graph!.initializer) {
    if (dataType !== elementTypes.float32) continue;
    // Masks may be built from a constant minus infinity.
    if (dims.reduce<number>((size, dim) => size * Number(dim), 1) <= 1) continue;
    if (rawData !== undefined ? !allFinite(rawData) : floatData.some((value) => !Number.isFinite(value))) return name;
  }
  return undefined;
}

/** Whether no little-endian float32 has all bits of its exponent set, which is what NaN and infinity look like. */
function allFinite(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteOffset % 4 === 0) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    for (let i = 0; i < words.length; i++) if ((words[i] & 0x7f800000) === 0x7f800000) return false;
    return true;
  }
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4)
    if ((view.getUint32(at, true) & 0x7f800000) === 0x7f800000) return false;
  return true;
}
