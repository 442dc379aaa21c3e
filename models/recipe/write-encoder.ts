import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelProto } from '@cairn/onnx-graph';
import { embedWith } from '../../apps/inference/src/finetune/embed-with.js';
import { openTokenizer } from '../../apps/inference/src/finetune/tokenize-examples.js';
import { readModelFolder } from '../../apps/inference/src/model-store/model-folder.js';
import { formatGoldenFile, goldenTexts } from '../../apps/inference/src/quantization/golden-file.js';
import { writeOnnx } from '../../apps/inference/src/quantization/rewrite-model.js';
import type { BertShape } from './bert-graph.js';

/** Writes an encoder as a folder in the Hugging Face layout, with vectors that every runtime must give. */
export async function writeEncoder(
  folder: string,
  model: ModelProto,
  bert: BertShape,
  tokenizer: string,
): Promise<void> {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  const from = dirname(tokenizer);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'vocab.txt'])
    if (existsSync(join(from, name))) writeFileSync(join(folder, name), readFileSync(join(from, name)));
  const config = {
    ...{ model_type: 'bert', architectures: ['BertModel'], ...bert, hidden_act: 'gelu' },
    ...{ hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, initializer_range: 0.02 },
    ...{ pad_token_id: 0, position_embedding_type: 'absolute' },
  };
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  writeOnnx(model, join(folder, 'onnx'));
  const files = await readModelFolder(folder);
  const given = join(from, 'golden.json');
  const texts = goldenTexts(existsSync(given) ? given : undefined);
  const golden = await (await embedWith(files)).golden(openTokenizer(files), texts);
  writeFileSync(
    join(folder, 'golden.json'),
    formatGoldenFile({
      pooling: 'mean over attention_mask, then L2',
      texts: golden.texts,
      input_ids: golden.ids,
      embeddings: golden.vectors.map((row) => Array.from(row, (value) => Number(value.toFixed(7)))),
    }),
  );
}
