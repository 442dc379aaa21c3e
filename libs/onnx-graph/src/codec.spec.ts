import fc from 'fast-check';
import { decodeMessage, encodeMessage, type DecodedMessage } from './codec.js';
import { decodeModel, encodeModel } from './model.js';
import { modelSchema, type Field, type Schema } from './schema.js';
import { OnnxFormatError } from './wire.js';

const int64 = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
const uint64 = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
const scalars = {
  string: fc.string({ unit: 'grapheme' }),
  bytes: fc.uint8Array({ maxLength: 200 }),
  int64,
  uint64,
  float: fc.float(),
  double: fc.double(),
};

/** Any message of a schema; nesting ends after a few levels. */
function anyMessage(schema: Schema, depth: number): fc.Arbitrary<DecodedMessage> {
  const anyField = (field: Field): fc.Arbitrary<unknown> => {
    if (typeof field.kind === 'function' && depth === 0) return fc.constant(field.repeated ? [] : undefined);
    const value: fc.Arbitrary<unknown> =
      typeof field.kind === 'function' ? anyMessage(field.kind(), depth - 1) : scalars[field.kind];
    return field.repeated ? fc.array(value, { maxLength: 3 }) : fc.option(value, { nil: undefined });
  };
  const fields = Object.fromEntries(Object.values(schema).map((field) => [field.name, anyField(field)]));
  return fc.record(fields).map((message) => {
    for (const name of Object.keys(message)) if (message[name] === undefined) delete message[name];
    return message;
  });
}

describe('the ONNX codec', () => {
  it('gives back any model it has written', () => {
    fc.assert(
      fc.property(anyMessage(modelSchema, 3), (message) => {
        expect(decodeMessage(modelSchema, encodeMessage(modelSchema, message))).toEqual(message);
      }),
      { seed: 11, numRuns: 150 },
    );
  });

  it('writes what protobuf says, byte by byte', () => {
    const model = decodeModel(Uint8Array.of());
    model.irVersion = 300;
    model.producerName = 'é';
    model.opsetImport.push({ domain: '', version: -1 });
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect([...encodeModel(model)]).toEqual([
      0x08,
      0xac,
      0x02,
      0x12,
      2,
      0xc3,
      0xa9,
      0x42,
      13,
      0x0a,
      0,
      0x10,
      ...minusOne,
    ]);
  });

  it('keeps fields it does not know, at every level', () => {
    const unknown = {
      varint: [0xa0, 0x06, 0x96, 0x01],
      fixed64: [0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
      delimited: [0xa2, 0x06, 3, 9, 9, 9],
      fixed32: [0xa5, 0x06, 1, 2, 3, 4],
    };
    const inner = [...unknown.delimited, ...unknown.fixed32];
    const bytes = Uint8Array.from([0x3a, inner.length, ...inner, ...unknown.varint, ...unknown.fixed64]);
    const model = decodeModel(bytes);
    expect(model.unknown?.map((part) => [...part])).toEqual([unknown.varint, unknown.fixed64]);
    expect(model.graph?.unknown).toHaveLength(2);
    expect([...encodeModel(model)]).toEqual([...bytes]);
  });

  it('reads repeated numbers packed and one by one', () => {
    const graphOf = (tensor: number[]) => Uint8Array.from([0x3a, tensor.length + 2, 0x2a, tensor.length, ...tensor]);
    const dims = (tensor: number[]) => decodeModel(graphOf(tensor)).graph?.initializer[0].dims;
    expect(dims([0x08, 2, 0x08, 3])).toEqual([2, 3]);
    expect(dims([0x0a, 2, 2, 3])).toEqual([2, 3]);
  });

  it('refuses bytes that end too early, whatever the length', () => {
    const model = decodeModel(Uint8Array.of());
    model.graph = { ...(decodeModel(Uint8Array.of(0x3a, 0)).graph as NonNullable<typeof model.graph>), name: 'whole' };
    const whole = encodeModel(model);
    for (let length = 1; length < whole.length; length++)
      expect(() => decodeModel(whole.subarray(0, length))).toThrow(OnnxFormatError);
  });

  it('never fails with anything but OnnxFormatError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeModel(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(OnnxFormatError);
        }
      }),
      { seed: 12, numRuns: 2000 },
    );
  });

  it('refuses a field that a message does not have', () => {
    expect(() => encodeMessage(modelSchema, { grph: {} })).toThrow('no field "grph"');
  });
});
