import { existsSync } from 'node:fs';

/** Where a forward pass runs. */
export const devices = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof devices)[number];

/** `auto` tries cuda, webgpu and cpu, in this order. */
export const deviceChoices = [...devices, 'auto'] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

/** A device and why it was taken. */
export interface ChosenDevice {
  readonly name: Device;
  readonly reason: string;
}

/** Files that a driver makes: without them a library is not even asked, which can take long or load a lot. */
const nvidia = ['/dev/nvidia0', '/dev/nvidiactl', '/dev/dxg'];
const anyGpu = [...nvidia, '/dev/dri'];

/** Which devices a choice allows, in the order to try them, and what is left out because there is no such thing here. */
export function devicesToTry(
  choice: DeviceChoice,
  present: (file: string) => boolean = existsSync,
  platform: string = process.platform,
): { readonly candidates: Device[]; readonly skipped: string[] } {
  if (choice !== 'auto') return { candidates: [choice], skipped: [] };
  const candidates: Device[] = [];
  const skipped: string[] = [];
  const consider = (device: Device, files: readonly string[], always: boolean) => {
    if (always || files.some(present)) candidates.push(device);
    else skipped.push(`${device}: there is none of ${files.join(', ')}`);
  };
  consider('cuda', nvidia, platform === 'win32');
  consider('webgpu', anyGpu, platform === 'win32' || platform === 'darwin');
  return { candidates: [...candidates, 'cpu'], skipped };
}

/**
 * Opens something on the first device that takes it.
 * @param open tries one device; its error says why not
 * @throws the error of the last candidate, with what all of them said
 */
export async function openOnDevice<S>(
  choice: DeviceChoice,
  open: (device: Device) => Promise<S>,
  toTry = devicesToTry(choice),
): Promise<{ readonly opened: S; readonly device: ChosenDevice }> {
  const said = [...toTry.skipped];
  for (const name of toTry.candidates) {
    try {
      const opened = await open(name);
      const asked = choice === 'auto' ? 'chosen by "auto"' : 'as asked for';
      return { opened, device: { name, reason: [asked, ...said].join('; ') } };
    } catch (error) {
      said.push(`${name}: ${firstLine((error as Error).message)}`);
    }
  }
  throw new Error(said.join('; '));
}

/** ONNX Runtime's messages go on with paths of its own source files. */
const firstLine = (message: string) => message.split('\n')[0].slice(0, 300);
