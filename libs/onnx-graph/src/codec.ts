import type { Field, ScalarKind, Schema } from './schema.js';
import { OnnxFormatError, varintSize, WireReader, WireWriter, wireType, type Int64 } from './wire.js';

/** A decoded message: fields by name, repeated ones always as arrays, absent ones missing. */
export type DecodedMessage = Record<string, unknown> & { unknown?: Uint8Array[] };

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const wireTypeOf: Record<ScalarKind, number> = {
  string: wireType.delimited,
  bytes: wireType.delimited,
  int64: wireType.varint,
  uint64: wireType.varint,
  float: wireType.fixed32,
  double: wireType.fixed64,
};

const fieldWireType = (field: Field) =>
  typeof field.kind === 'function' ? wireType.delimited : wireTypeOf[field.kind];
const canBePacked = (field: Field) => field.repeated === true && fieldWireType(field) !== wireType.delimited;

/** Reads one message that fills `bytes`. */
export function decodeMessage(schema: Schema, bytes: Uint8Array): DecodedMessage {
  return readMessage(schema, new WireReader(bytes));
}

function readMessage(schema: Schema, reader: WireReader): DecodedMessage {
  const message: DecodedMessage = {};
  for (const field of Object.values(schema)) if (field.repeated) message[field.name] = [];
  while (!reader.atEnd) {
    const start = reader.position;
    const tag = reader.count();
    const field = schema[Math.floor(tag / 8)];
    const found = tag % 8;
    if (field !== undefined && found === fieldWireType(field)) store(message, field, readValue(field, reader));
    else if (field !== undefined && found === wireType.delimited && canBePacked(field)) {
      const packed = reader.within(reader.count());
      while (!packed.atEnd) store(message, field, readValue(field, packed));
    } else {
      skip(found, reader);
      (message.unknown ??= []).push(reader.since(start));
    }
  }
  return message;
}

function store(message: DecodedMessage, field: Field, value: unknown): void {
  if (field.repeated) (message[field.name] as unknown[]).push(value);
  else message[field.name] = value;
}

function readValue(field: Field, reader: WireReader): unknown {
  if (typeof field.kind === 'function') return readMessage(field.kind(), reader.within(reader.count()));
  switch (field.kind) {
    case 'string':
      return readText(reader.take(reader.count()), field.name);
    case 'bytes':
      return reader.take(reader.count());
    case 'int64':
      return reader.int64();
    case 'uint64':
      return reader.uint64();
    case 'float':
      return reader.float32();
    case 'double':
      return reader.float64();
  }
}

function readText(bytes: Uint8Array, field: string): string {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    throw new OnnxFormatError(`The field "${field}" is not UTF-8 text.`);
  }
}

function skip(found: number, reader: WireReader): void {
  if (found === wireType.varint) reader.uint64();
  else if (found === wireType.fixed64) reader.take(8);
  else if (found === wireType.delimited) reader.take(reader.count());
  else if (found === wireType.fixed32) reader.take(4);
  else throw new OnnxFormatError(`Wire type ${found} at byte ${reader.position}: this is not an ONNX file.`);
}

/** The bytes of a message: fields by ascending number, then the unknown ones. */
export function encodeMessage(schema: Schema, message: DecodedMessage): Uint8Array {
  const prepared = prepare(schema, message);
  const bytes = new Uint8Array(prepared.size);
  prepared.write(new WireWriter(bytes));
  return bytes;
}

/** Something to be written whose size is known: a length goes before what it measures. */
interface Prepared {
  readonly size: number;
  write(writer: WireWriter): void;
}

function prepare(schema: Schema, message: DecodedMessage): Prepared {
  const names = new Set(['unknown']);
  const parts: Prepared[] = [];
  for (const [number, field] of Object.entries(schema)) {
    names.add(field.name);
    const value = message[field.name];
    if (value === undefined) continue;
    const tag = Number(number) * 8;
    const values = field.repeated ? (value as unknown[]) : [value];
    if (values.length > 0) parts.push(...prepareField(field, tag, values));
  }
  for (const name of Object.keys(message))
    if (!names.has(name)) throw new OnnxFormatError(`The message has no field "${name}".`);
  for (const bytes of message.unknown ?? []) parts.push(prepareBytes(bytes));
  return join(parts);
}

function prepareField(field: Field, tag: number, values: unknown[]): Prepared[] {
  const elements = values.map((value) => prepareValue(field, value));
  if (field.packed) return [prepareVarint(tag + wireType.delimited), delimit(join(elements))];
  const delimited = fieldWireType(field) === wireType.delimited;
  return elements.flatMap((element) => [
    prepareVarint(tag + fieldWireType(field)),
    delimited ? delimit(element) : element,
  ]);
}

function prepareValue(field: Field, value: unknown): Prepared {
  if (typeof field.kind === 'function') return prepare(field.kind(), value as DecodedMessage);
  switch (field.kind) {
    case 'string':
      return prepareBytes(new TextEncoder().encode(value as string));
    case 'bytes':
      return prepareBytes(value as Uint8Array);
    case 'int64':
    case 'uint64':
      return prepareVarint(value as Int64);
    case 'float':
      return { size: 4, write: (writer) => writer.float32(value as number) };
    case 'double':
      return { size: 8, write: (writer) => writer.float64(value as number) };
  }
}

const prepareBytes = (bytes: Uint8Array): Prepared => ({
  size: bytes.byteLength,
  write: (writer) => writer.raw(bytes),
});
const prepareVarint = (value: Int64): Prepared => ({
  size: varintSize(value),
  write: (writer) => writer.varint(value),
});

function join(parts: Prepared[]): Prepared {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  return { size, write: (writer) => parts.forEach((part) => part.write(writer)) };
}

const delimit = (content: Prepared): Prepared => join([prepareVarint(content.size), content]);
