import fc from 'fast-check';
import { instantOf } from './data-source.js';

describe('an instant as PostgreSQL writes it', () => {
  it('is read to the millisecond, whatever digits it has', () => {
    const times = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 999 }), (time, micros) => {
        const [day, clock] = time.toISOString().replace('Z', '').split('T');
        const digits = `${clock}${String(micros).padStart(3, '0')}`;
        const text = `${day} ${digits.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros.replace(/0+$/, '')))}+00`;
        expect(instantOf(text)?.getTime()).toBe(time.getTime());
      }),
      { seed: 611 },
    );
  });

  it.each(['infinity', '2026-11-24 01:02:03+02', '0044-03-15 12:00:00+00 BC', '12026-11-24 01:02:03+00', '2026-11-24'])(
    'is left to the pattern otherwise: %s',
    (text) => expect(instantOf(text)).toBeUndefined(),
  );
});
