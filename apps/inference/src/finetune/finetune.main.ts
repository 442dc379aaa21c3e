/** A program to try fine-tuning with: a table of texts and labels in, a new encoder in a store, figures out. */
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DomainError } from '@cairn/contracts';
import type { GivenExamples } from './check-examples.js';
import { deviceChoices } from '../encoder/devices.js';
import { describeNotes } from './lineage.js';
import { fineTune } from './fine-tune.js';
import type { FineTuningProgress } from './fine-tuning.js';
import type { TrainingSettings } from './training-settings.js';

const help = `Usage: finetune --source FOLDER --output ID --store DIR --examples FILE [options]

Fine-tunes an encoder on a table of texts and labels (TSV, a header "text<TAB>label" is optional), and puts the result
into the store. With the objective "clusters" any label may be empty. Run again after a kill, it goes on from the last checkpoint.

  --settings JSON            settings by name, as {"epochs": 5, "learningRate": 1e-4, "scope": {"kind": "last", "layers": 2}}
  --limit NUMBER             only the first examples
  --no-head                  do not train a head on the new embeddings
  --device DEVICE            cpu, webgpu, cuda or auto. Default: cpu
  --replace                  replace an encoder of the same id
  --checkpoint-seconds N     seconds between checkpoints; 0: after every step. Default: 60
  --json                     progress and result as lines of JSON on standard output
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...{ source: text, output: text, store: text, examples: text, settings: text, limit: text },
      ...{ 'checkpoint-seconds': text, device: text, replace: flag, json: flag, help: flag, 'no-head': flag },
    },
  });
  const { source, output, store, examples } = values;
  if (values.help || source === undefined || output === undefined || store === undefined || examples === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  const device = deviceChoices.find((name) => name === (values.device ?? 'cpu'));
  if (device === undefined) {
    process.stderr.write(`finetune: there is no device "${values.device}"; use ${deviceChoices.join(', ')}.\n`);
    return 2;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('Interrupted; run the same again to go on.')));
  mkdirSync(store, { recursive: true });
  try {
    const tell = values.json ? (progress: FineTuningProgress) => line({ progress }) : printer();
    const result = await fineTune(
      {
        ...{ source: resolve(source), output, store: resolve(store), replace: values.replace },
        examples: readTable(examples, Number(values.limit ?? Infinity)),
        settings: JSON.parse(values.settings ?? '{}') as Partial<TrainingSettings>,
        device,
        withHead: !values['no-head'],
        checkpointSeconds: Number(values['checkpoint-seconds'] ?? 60),
      },
      tell,
      stop.signal,
    );
    const { id, folder, revision, outcome, head, lineage } = result;
    const figures = head && {
      accuracy: head.figures.accuracy,
      macroF1: head.figures.macroF1,
      ece: head.figures.eceAfter,
    };
    if (values.json) line({ id, folder, revision, outcome, head: figures, seconds: lineage.seconds });
    else {
      for (const note of describeNotes(result.notes)) process.stdout.write(`note: ${note}\n`);
      process.stdout.write(`${folder}\nrevision ${revision}\n`);
      if (figures !== undefined) process.stdout.write(`head on its embeddings, held out: ${JSON.stringify(figures)}\n`);
    }
    return 0;
  } catch (error) {
    const said =
      error instanceof DomainError ? `${error.details.field ?? ''}: ${error.message}` : (error as Error).stack;
    process.stderr.write(`finetune: ${said}\n`);
    return 1;
  }
}

const line = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);

function printer(): (progress: FineTuningProgress) => void {
  let last = 0;
  return (progress) => {
    const { stage } = progress;
    if (stage === 'train' && progress.measured !== undefined)
      process.stdout.write(`${JSON.stringify(progress.measured)}\n`);
    if (performance.now() - last < 3000) return;
    last = performance.now();
    if (stage !== 'train') return void process.stdout.write(`${JSON.stringify(progress)}\n`);
    const { step, totalSteps, loss, learningRate, tokensPerSecond, etaSeconds } = progress;
    process.stdout.write(
      `step ${step}/${totalSteps}  loss ${loss.toFixed(4)}  rate ${learningRate.toExponential(1)}  ${Math.round(tokensPerSecond)} tokens/s  ${Math.round(etaSeconds)} s left\n`,
    );
  };
}

function readTable(file: string, limit: number): GivenExamples {
  const rows = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((row) => row !== '' && row !== 'text\tlabel')
    .slice(0, limit)
    .map((row) => row.split('\t'));
  const labels = rows.map(([, label = '']) => label);
  return {
    texts: rows.map(([given]) => given),
    labels,
    classes: [...new Set(labels)].filter((label) => label !== '').sort(),
  };
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
