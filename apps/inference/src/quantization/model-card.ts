import type { ModelFolder } from '../model-store/model-folder.js';
import type { GateFigures } from './quality-gate.js';
import { describeProcessor, type Processor } from './processor.js';
import type { QuantizeSettings } from './quantize-settings.js';

export interface CardFacts {
  readonly settings: Pick<
    QuantizeSettings,
    'output' | 'precision' | 'reduceRange' | 'minCosine' | 'maxAccuracyLoss' | 'seed'
  >;
  readonly source: Pick<ModelFolder, 'id' | 'pooling'>;
  readonly revision: string;
  /** The card of the source, if it has one. */
  readonly sourceCard: string | undefined;
  /** What rewriting did. */
  readonly method: string;
  readonly figures: GateFigures;
  readonly bytes: { readonly before: number; readonly after: number };
  readonly speed: { readonly float32: number; readonly variant: number };
  readonly processor: Processor;
  /** Of golden.json, if it has one of its own. */
  readonly tolerance: number | undefined;
}

/** Fields of a card's head that are true of a variant as well. */
const inherited = ['license', 'license_name', 'license_link', 'language', 'pipeline_tag'];

/** The README.md of a variant: what it is made from, how, and how good it is. Carries no date: git and folders do. */
export function writeCard(facts: CardFacts): string {
  const { settings, source, revision, sourceCard, method, figures, bytes, speed, processor, tolerance } = facts;
  const { output, precision, minCosine, maxAccuracyLoss, seed } = settings;
  const head = headOf(sourceCard ?? '');
  const licence = head.get('license')?.replace(/^license:\s*/, '');
  const { cosine, probe } = figures;
  const percent = (share: number) => (100 * share).toFixed(2);
  const rows = [
    ['cosine to the float32 vectors, mean', cosine.mean.toFixed(5), `at least ${minCosine}`],
    ['cosine to the float32 vectors, least', cosine.min.toFixed(5), ''],
    ...(probe === undefined
      ? [['probe', 'not measured', '']]
      : [
          ['probe accuracy, float32', `${percent(probe.float32)} %`, ''],
          [
            `probe accuracy, trained and tested on ${precision}`,
            `${percent(probe.variant)} %`,
            `at most ${percent(maxAccuracyLoss)} points less`,
          ],
          [
            `probe accuracy, trained on float32, tested on ${precision}`,
            `${percent(probe.float32HeadOnVariant)} %`,
            '',
          ],
        ]),
    ['texts/s', `${Math.round(speed.variant)} (float32: ${Math.round(speed.float32)})`, ''],
    ['size of the ONNX file', `${megabytes(bytes.after)} (float32: ${megabytes(bytes.before)})`, ''],
  ];
  const paragraphs = [
    `# ${output}`,
    `The encoder \`${source.id}\` (revision \`${revision}\`) with its weights in ${precision}, written by \`cairn models quantize\`. ` +
      'Tokenizer and settings are those of the original; vectors are its own and not to be mixed with those of the original.',
    licence === undefined
      ? "The original's card names no licence; what holds for the original holds for this."
      : `Licence: ${licence}, as the original's card says.`,
    `**How.** ${method}.`,
    ...(precision === 'int8' ? [int8Note(settings.reduceRange, tolerance)] : []),
    '## Figures',
    ['| | measured | gate |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n'),
    `Measured on ${cosine.texts} texts, embeddings pooled by ${source.pooling}, in batches by length, on ${describeProcessor(processor)}. ` +
      (probe === undefined
        ? ''
        : `Probes: logistic regression (C = 1) on ${probe.trainTexts} of the texts, tested on the ${probe.testTexts} others (seed ${seed}). `) +
      (sourceCard === undefined ? '' : "The original's card is `README.source.md`."),
  ];
  const fields = [`base_model: ${JSON.stringify(source.id)}`, 'base_model_relation: quantized', ...head.values()];
  return `---\n${fields.join('\n')}\n---\n\n${paragraphs.join('\n\n').trim()}\n`;
}

function int8Note(reduceRange: boolean, tolerance: number | undefined): string {
  const where = reduceRange
    ? '7-bit weights cannot overflow on any processor.'
    : 'On x64 processors without VNNI sums of 8-bit weights may overflow: `golden.json` is then not reproduced and the encoder refused; quantise it with `--reduce-range` for these.';
  return `As the scale of activations is that of a whole batch, a vector depends a little on its batch: \`golden.json\` allows ${tolerance ?? 'the usual'} a component. ${where}`;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Lines of a card's YAML head, by field, with the lines of lists below them; only those that are inherited. */
export function headOf(card: string): Map<string, string> {
  const [, head = ''] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? [];
  const fields = new Map<string, string>();
  let name = '';
  for (const line of head.split(/\r?\n/)) {
    const [, field] = /^([A-Za-z_-]+):/.exec(line) ?? [];
    if (field !== undefined) name = field;
    if (!inherited.includes(name)) continue;
    const before = fields.get(name);
    fields.set(name, before === undefined ? line : `${before}\n${line}`);
  }
  return fields;
}
