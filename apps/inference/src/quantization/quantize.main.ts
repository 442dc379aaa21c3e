/** The program behind `cairn models quantize`: a smaller variant of an encoder, published if it is as good. */
import type { StagingFolder } from './staging-folder.js';
import type { QuantizeReport } from './quantize.js';
import { help, readSettings } from './quantize-settings.js';
import { UsageFault } from './usage-fault.js';

const exitCode = { published: 0, refused: 1, usage: 2, failed: 3 } as const;

async function main(args: string[]): Promise<number> {
  let staging: StagingFolder | undefined;
  const stop = (signal: 'SIGINT' | 'SIGTERM', code: number) =>
    process.once(signal, () => {
      staging?.discard();
      process.exit(code);
    });
  stop('SIGINT', 130);
  stop('SIGTERM', 143);
  const tell = (line: string) => process.stderr.write(`quantize: ${line}\n`);
  try {
    const settings = readSettings(args);
    if (settings === undefined) {
      process.stdout.write(help);
      return exitCode.published;
    }
    // Only now: it loads ONNX Runtime, which wrong usage need not wait for.
    const { quantize } = await import('./quantize.js');
    const report = await quantize(settings, (begun) => (staging = begun), tell);
    if (!settings.json) process.stdout.write(summary(report));
    process.stdout.write(`${JSON.stringify(report)}\n`);
    tell(report.reason);
    return report.published ? exitCode.published : exitCode.refused;
  } catch (error) {
    if (error instanceof UsageFault) {
      tell(error.message.replaceAll('\n', ' '));
      return exitCode.usage;
    }
    tell((error as Error).stack ?? String(error));
    return exitCode.failed;
  }
}

function summary({ id, cosine, probe, bytes, speed, precision }: QuantizeReport): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const lines = [
    ['variant', id],
    ['cosine', `mean ${cosine.mean.toFixed(5)}, least ${cosine.min.toFixed(5)}, of ${cosine.texts} texts`],
    ['probe', probe === null ? 'none' : `float32 ${percent(probe.float32)}, ${precision} ${percent(probe[precision])}`],
    ['size', `${(bytes.before / 1e6).toFixed(1)} MB -> ${(bytes.after / 1e6).toFixed(1)} MB`],
    ['speed', `${speed.ratio.toFixed(2)} x float32 (${Math.round(speed[precision])} texts/s)`],
  ];
  return lines.map(([name, value]) => `${name.padEnd(9)}${value}\n`).join('');
}

// The exit code is set and not forced: standard output may be a pipe that is still being read.
void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
