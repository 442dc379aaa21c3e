import { z } from 'zod';
import { address, count, flag, readEnvironment } from './environment.js';

const schema = z.object({
  ADDRESS: address.default('127.0.0.1:1'),
  LIMIT: count.default(7),
  IDE: flag.optional(),
  MODEL: z.string(),
});

describe('readEnvironment', () => {
  it('reads, converts and fills in; an empty variable is an absent one', () => {
    expect(readEnvironment(schema, { MODEL: 'm', LIMIT: '12', IDE: 'false', ADDRESS: '' })).toEqual({
      ADDRESS: '127.0.0.1:1',
      LIMIT: 12,
      IDE: false,
      MODEL: 'm',
    });
  });

  it('names every fault at once', () => {
    expect(() => readEnvironment(schema, { LIMIT: 'many', ADDRESS: 'nowhere' })).toThrow(
      /ADDRESS: must be "host:port"[\s\S]*LIMIT[\s\S]*MODEL/,
    );
  });
});
