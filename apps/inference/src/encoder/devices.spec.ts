import { devicesToTry, openOnDevice, type Device } from './devices.js';

describe('devices', () => {
  it('asks only for what can be there', () => {
    const on = (...files: string[]) => devicesToTry('auto', (file) => files.includes(file), 'linux');
    expect(on().candidates).toEqual(['cpu']);
    expect(on().skipped).toHaveLength(2);
    expect(on('/dev/dri').candidates).toEqual(['webgpu', 'cpu']);
    expect(on('/dev/nvidia0').candidates).toEqual(['cuda', 'webgpu', 'cpu']);
    expect(devicesToTry('auto', () => false, 'darwin').candidates).toEqual(['webgpu', 'cpu']);
    expect(devicesToTry('webgpu', () => false, 'linux').candidates).toEqual(['webgpu']);
  });

  it('goes on to the next when one does not open, and says so', async () => {
    const open = async (device: Device) => {
      if (device !== 'cpu') throw new Error(`no ${device} library\nat somewhere`);
      return device;
    };
    const toTry = { candidates: ['cuda', 'cpu'] as Device[], skipped: ['webgpu: no file'] };
    const { opened, device } = await openOnDevice('auto', open, toTry);
    expect(opened).toBe('cpu');
    expect(device).toEqual({ name: 'cpu', reason: 'chosen by "auto"; webgpu: no file; cuda: no cuda library' });
    await expect(openOnDevice('cuda', open)).rejects.toThrow('cuda: no cuda library');
  });
});
