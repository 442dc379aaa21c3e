import { DomainError } from '@cairn/contracts';
import { nextRun } from './cron.js';

const at = (iso: string) => new Date(iso);
const next = (cron: string, zone: string, after: string) => nextRun(cron, zone, at(after)).toISOString();

describe('nextRun', () => {
  it('reads the fields in the time zone', () => {
    expect(next('0 3 * * *', 'UTC', '2026-11-23T03:00:00Z')).toBe('2026-11-24T03:00:00.000Z');
    expect(next('0 3 * * *', 'Europe/Berlin', '2026-11-23T01:59:59Z')).toBe('2026-11-23T02:00:00.000Z');
    expect(next('30 9 * * 1-5', 'America/New_York', '2026-11-27T15:00:00Z')).toBe('2026-11-30T14:30:00.000Z');
  });

  it('keeps the time of day when the clocks change, and neither skips nor repeats a day', () => {
    // 2026-03-29: 2:00 becomes 3:00 in Berlin. 2026-10-25: 3:00 becomes 2:00.
    expect(next('0 3 * * *', 'Europe/Berlin', '2026-03-28T02:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T01:30:00Z').slice(0, 10)).toBe('2026-03-29');
    const first = nextRun('30 2 * * *', 'Europe/Berlin', at('2026-10-24T12:00:00Z'));
    const second = nextRun('30 2 * * *', 'Europe/Berlin', first);
    expect(first.toISOString().slice(0, 10)).toBe('2026-10-25');
    expect(second.toISOString()).toBe('2026-10-26T01:30:00.000Z');
  });

  it.each([
    ['cron', '61 3 * * *', 'UTC'],
    ['cron', 'every day', 'UTC'],
    ['cron', '* * * * * *', 'UTC'],
    ['cron', '', 'UTC'],
    ['timeZone', '0 3 * * *', 'Mars/Olympus'],
    ['timeZone', '0 3 * * *', ''],
  ])('names %s when it is given %p in %p', (field, cron, zone) => {
    const refused = () => nextRun(cron, zone, at('2026-11-23T00:00:00Z'));
    expect(refused).toThrow(DomainError);
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }));
  });
});
