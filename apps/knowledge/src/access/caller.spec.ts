import { contextToMetadata } from '@cairn/contracts';
import { Metadata } from '@grpc/grpc-js';
import { callerOf, requireRole } from './caller.js';

describe('requireRole', () => {
  const table = [
    ['reader', ['reader']],
    ['editor', ['reader', 'editor']],
    ['admin', ['reader', 'editor', 'admin']],
  ] as const;

  it.each(table)('%s may do what %j may', (role, below) => {
    const caller = { requestId: 'r', actor: 'k', role };
    for (const needed of ['reader', 'editor', 'admin'] as const) {
      const attempt = () => requireRole(caller, needed);
      if ((below as readonly string[]).includes(needed)) expect(attempt).not.toThrow();
      else expect(attempt).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    }
  });

  it('sends anonymous callers for a key', () => {
    expect(() => requireRole({ requestId: 'r' }, 'reader')).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });
});

describe('callerOf', () => {
  it('reads actor and role from the metadata', () => {
    const caller = { requestId: 'r', actor: 'Zoë 🔑', role: 'editor' } as const;
    expect(callerOf(contextToMetadata(caller))).toEqual(caller);
  });

  it('takes a role it does not know for none', () => {
    const metadata = new Metadata();
    metadata.set('cairn-role', 'root');
    expect(callerOf(metadata).role).toBeUndefined();
  });
});
