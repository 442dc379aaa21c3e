import { DomainError, type KnowledgeClients } from '@cairn/contracts';
import { KeyVerifier } from './key-verifier.js';

describe('KeyVerifier', () => {
  const row = { keyId: 'k', name: 'ada', spaceId: '', scopes: [] };
  let asked: string[];
  let answer: () => {
    keyId: string;
    name: string;
    role: string;
    spaceId: string;
    scopes: string[];
    expiresAt?: string;
  };
  let now: number;
  let verifier: KeyVerifier;
  beforeEach(() => {
    asked = [];
    now = 0;
    answer = () => ({ ...row, role: 'admin' });
    const access = {
      verifyKey: ({ key }: { key: string }) => {
        asked.push(key);
        return Promise.resolve().then(answer);
      },
      close: () => {},
    } as unknown as KnowledgeClients['access'];
    verifier = new KeyVerifier(access, () => now);
  });

  it('asks once for calls at the same time and for 30 s after', async () => {
    const identities = await Promise.all([verifier.verify('a', 'r'), verifier.verify('a', 'r')]);
    expect(identities).toEqual([
      { name: 'ada', id: 'key:k', role: 'admin', spaceId: undefined, scopes: [], expiresAt: undefined },
      { name: 'ada', id: 'key:k', role: 'admin', spaceId: undefined, scopes: [], expiresAt: undefined },
    ]);
    now = 29_999;
    await verifier.verify('a', 'r');
    expect(asked).toEqual(['a']);
    now = 30_000;
    answer = () => {
      throw new DomainError('UNAUTHENTICATED', 'It is revoked.');
    };
    await expect(verifier.verify('a', 'r')).rejects.toThrow('It is revoked.');
    expect(asked).toEqual(['a', 'a']);
  });

  it('keeps no refusals', async () => {
    answer = () => {
      throw new DomainError('UNAUTHENTICATED', 'There is no such key.');
    };
    await expect(verifier.verify('a', 'r')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    answer = () => ({ ...row, role: 'reader' });
    expect(await verifier.verify('a', 'r')).toMatchObject({ name: 'ada', role: 'reader' });
  });

  it('tells keys apart', async () => {
    await verifier.verify('a', 'r');
    await verifier.verify('b', 'r');
    expect(asked).toEqual(['a', 'b']);
  });

  it('refuses a key that expires while it is remembered', async () => {
    answer = () => ({ ...row, role: 'admin', expiresAt: new Date(10_000).toISOString() });
    await verifier.verify('a', 'r');
    now = 10_000;
    await expect(verifier.verify('a', 'r')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toEqual(['a']);
  });

  it('refuses roles it does not know', async () => {
    answer = () => ({ ...row, role: 'owner' });
    await expect(verifier.verify('a', 'r')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
