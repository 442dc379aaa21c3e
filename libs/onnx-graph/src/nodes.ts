import type { AttributeValue } from './graph-builder.js';
import type { AttributeProto, ModelProto, NodeProto } from './model.js';

/** Domain of ONNX Runtime's own operators. */
export const microsoft = 'com.microsoft';

/** A node for a graph that is rewritten; its name is that of its first output. */
export function makeNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain?: string,
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]): AttributeProto => ({
    floats: [],
    ints: [],
    strings: [],
    tensors: [],
    graphs: [],
    ...value,
    name,
  }));
  const node: NodeProto = {
    input: [...input],
    output: [...output],
    name: output[0],
    opType,
    attribute,
    metadataProps: [],
  };
  return domain === undefined ? node : { ...node, domain };
}

/** Lets a model use operators of a domain. */
export function importDomain(model: ModelProto, domain: string, version: number): void {
  if (!model.opsetImport.some((known) => (known.domain ?? '') === domain)) model.opsetImport.push({ domain, version });
}

/** Version of the standard operators that a model uses. */
export function opsetOf(model: ModelProto): number {
  return Number(model.opsetImport.find(({ domain }) => (domain ?? '') === '')?.version ?? 1);
}
