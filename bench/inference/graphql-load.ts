/** A GraphQL client in a process of its own: `embed` with many texts a request, some requests under way at once. */
import { serve } from './child.js';
import { measureRate, type Rate } from './rate.js';

export interface GraphqlLoadFunctions {
  /** Learns how vectors can be asked for: packed into one string if the schema has that, else one string a text. */
  connect(url: string, key: string): Promise<'packed' | 'base64'>;
  /** Sends the texts in order, over and over, until `count` texts are answered. */
  embed(texts: readonly string[], count: number, perRequest: number, inFlight: number): Promise<Rate>;
}

interface Result {
  readonly packed?: string;
  readonly embeddings?: readonly { readonly base64: string | null }[];
}

let endpoint = { url: '', key: '' };
let packed = false;

async function ask<T>(query: string, variables: object = {}): Promise<T> {
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${endpoint.key}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: { message: string }[] };
  if (errors !== undefined) throw new Error(errors[0].message);
  return data;
}

/** Vectors of some texts; throws if one is missing. */
async function embed(texts: readonly string[]): Promise<Buffer[]> {
  const fields = packed ? 'packed' : 'embeddings { base64 }';
  const query = `query ($texts: [String!]!) { embed(texts: $texts) { ${fields} } }`;
  const { embed: result } = await ask<{ embed: Result }>(query, { texts });
  const encoded = packed ? [result.packed!] : result.embeddings!.map(({ base64 }) => base64!);
  if (!packed && encoded.length !== texts.length) throw new Error(`${texts.length} texts, ${encoded.length} answers.`);
  return encoded.map((vectors) => Buffer.from(vectors, 'base64'));
}

const functions: GraphqlLoadFunctions = {
  async connect(url, key) {
    endpoint = { url, key };
    const { __type: type } = await ask<{ __type: { fields: { name: string }[] } }>(
      '{ __type(name: "EmbedResult") { fields { name } } }',
    );
    packed = type.fields.some(({ name }) => name === 'packed');
    return packed ? 'packed' : 'base64';
  },
  embed: (texts, count, perRequest, inFlight) =>
    measureRate(async () => {
      const requests = Math.ceil(count / perRequest);
      let next = 0;
      const caller = async () => {
        while (next < requests) {
          const start = perRequest * next++;
          await embed(Array.from({ length: perRequest }, (_, i) => texts[(start + i) % texts.length]));
        }
      };
      await Promise.all(Array.from({ length: inFlight }, caller));
      return requests * perRequest;
    }),
};

serve({ ...functions });
