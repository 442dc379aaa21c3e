import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInferenceClient, inferenceV1, type InferenceClient, type vectorsV1 } from '@cairn/contracts';
import type { InferenceProgram } from '../inference/inference-program.js';

/** Texts of one message. */
const messageTexts = 256;

/** Vectors of texts, from the engine as a user has them: one gRPC stream. Kept in files, so that no text is embedded twice. */
export class Embeddings {
  private readonly client: InferenceClient;
  private provenances = new Map<string, vectorsV1.Provenance>();

  constructor(
    private readonly program: InferenceProgram,
    private readonly folder: string,
    private readonly revision: string,
  ) {
    mkdirSync(folder, { recursive: true });
    this.client = createInferenceClient(program.address);
  }

  close(): void {
    this.client.close();
  }

  get address(): string {
    return this.program.address;
  }

  /**
   * `[texts, dimension]`, row-major, unit length.
   * @param name of the data set, for the file that keeps them
   */
  async of(
    name: string,
    texts: readonly string[],
    pooling: string,
  ): Promise<{ vectors: Float32Array; dimension: number }> {
    const hash = createHash('sha256')
      .update(JSON.stringify([this.revision, pooling, texts]))
      .digest('hex');
    const file = join(this.folder, `${name.replaceAll('/', '-')}-${pooling}-${hash.slice(0, 12)}.f32`);
    if (!existsSync(file)) {
      const vectors = await this.embed(texts, pooling);
      writeFileSync(`${file}.draft`, vectors);
      renameSync(`${file}.draft`, file);
    }
    const bytes = readFileSync(file);
    const vectors = new Float32Array(Uint8Array.from(bytes).buffer);
    return { vectors, dimension: vectors.length / texts.length };
  }

  /** Where vectors of a pooling come from, as the engine says it. */
  async provenance(pooling: string): Promise<vectorsV1.Provenance> {
    let known = this.provenances.get(pooling);
    if (known === undefined) {
      const { vectors } = await this.client.embed({ texts: ['a'], options: { pooling } });
      known = vectors!.provenance!;
      this.provenances.set(pooling, known);
    }
    return known;
  }

  private async embed(texts: readonly string[], pooling: string): Promise<Uint8Array> {
    const options = { pooling, priority: inferenceV1.Priority.PRIORITY_BULK };
    const call = this.client.embedStream();
    const sending = (async () => {
      for (let from = 0; from < texts.length; from += messageTexts)
        await call.send({ texts: texts.slice(from, from + messageTexts), options });
      call.end();
    })();
    sending.catch(() => {}); // told to the reader
    const parts: Uint8Array[] = [];
    for await (const { vectors, errors } of call) {
      if (errors.length > 0) throw new Error(`A text was refused: ${errors[0].message}`);
      parts.push(vectors!.data);
    }
    await sending;
    return Buffer.concat(parts);
  }
}
