import { headOf } from '../quantization/model-card.js';
import type { Lineage } from './lineage.js';

const taught: Record<Lineage['settings']['objective'], string> = {
  classes: 'to tell classes apart (softmax, cross-entropy)',
  labels: 'to say which of several classes fit (sigmoid, binary cross-entropy)',
  contrastive: 'to put texts of a class near each other (supervised contrastive loss)',
  pairs: 'to put the texts of pairs near each other (InfoNCE)',
  views: 'to put two views of a text near each other (InfoNCE)',
  masked: 'to guess hidden words (masked language model)',
  clusters: 'to tell the clusters that it finds among its texts (self-training on k-means, cross-entropy and contrast)',
};

/** The README.md of a fine-tuned encoder. */
export function fineTunedCard(
  id: string,
  lineage: Lineage,
  sourceCard: string | undefined,
  notes: readonly string[],
): string {
  const { parent, data, settings, history } = lineage;
  const head = headOf(sourceCard ?? '');
  const licence = head.get('license')?.replace(/^license:\s*/, '');
  const whole = (value: number) => value.toLocaleString('en-US');
  const rows = history.map(({ epoch, step, trainLoss, heldOut }) => [
    `${epoch + 1}`,
    whole(step),
    trainLoss.toFixed(4),
    heldOut?.loss.toFixed(4) ?? '',
    heldOut?.accuracy === undefined ? '' : `${(100 * heldOut.accuracy).toFixed(2)} %`,
  ]);
  const paragraphs = [
    `# ${id}`,
    `The encoder \`${parent.id}\` (revision \`${parent.revision}\`), fine-tuned ${taught[settings.objective]} by Cairn. Graph, tokenizer and settings are those of the original; vectors are its own and not to be mixed with those of the original.`,
    licence === undefined
      ? "The original's card names no licence; what holds for the original holds for this."
      : `Licence: ${licence}, as the original's card says.`,
    `**Data.** ${whole(data.examples)} examples${data.classes > 0 ? ` of ${data.classes} classes` : ''}, ${whole(data.trainExamples)} trained on and ${whole(data.heldOutExamples)} held out. SHA-256 \`${data.hash}\`.`,
    ...(notes.length > 0 ? [notes.join(' ')] : []),
    `**Training.** ${whole(lineage.trainedWeights)} weights, ${whole(lineage.steps)} steps in ${whole(Math.round(lineage.seconds))} s${lineage.stoppedEarly ? ', stopped early' : ''}; these are the weights of step ${whole(lineage.keptStep)}. Seed ${settings.seed}.`,
    `Settings:\n\n\`\`\`json\n${JSON.stringify(settings, null, 2)}\n\`\`\``,
    '## Figures',
    [
      '| epoch | step | training loss | held-out loss | held-out accuracy |',
      '|---|---|---|---|---|',
      ...rows.map((row) => `| ${row.join(' | ')} |`),
    ].join('\n'),
    'The held-out part decided which step is kept: measure on texts of your own for figures to believe.',
    ...(sourceCard === undefined ? [] : ["The original's card is `README.source.md`."]),
  ];
  const fields = [`base_model: ${JSON.stringify(parent.id)}`, 'base_model_relation: finetune', ...head.values()];
  return `---\n${fields.join('\n')}\n---\n\n${paragraphs.join('\n\n').trim()}\n`;
}
