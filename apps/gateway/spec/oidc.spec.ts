import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { knowledgeV1 } from '@cairn/contracts';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';
import { startBench, type TestBench } from './running-gateway.js';

/** An OpenID Connect issuer on this machine: discovery, keys, and what it signs. */
class LocalIssuer {
  keys: JWK[] = [];
  asked: string[] = [];
  private server: Server;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(port = 0): Promise<void> {
    this.server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      const document =
        request.url === '/keys' ? { keys: this.keys } : { issuer: this.url, jwks_uri: `${this.url}/keys` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
    });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

jest.setTimeout(60_000);

const audience = 'cairn';

describe('tokens of an OpenID Connect issuer', () => {
  const issuer = new LocalIssuer();
  let bench: TestBench;
  let key: CryptoKey;
  let publicJwk: JWK;
  beforeAll(async () => {
    await issuer.start();
    const pair = await generateKeyPair('RS256');
    key = pair.privateKey;
    publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    issuer.keys = [publicJwk];
    bench = await startBench({
      tokens: {
        issuer: issuer.url,
        audience,
        algorithms: ['RS256', 'ES256'],
        rolesClaim: 'cairn_roles',
        nameClaim: 'email',
      },
    });
  });
  beforeEach(() => {
    bench.reset();
    bench.knowledge
      .on<unknown, knowledgeV1.Status>('getStatus', () => ({ questions: 7, database: 'embedded' }))
      .on<knowledgeV1.GetSpaceRequest, knowledgeV1.Space>('getSpace', ({ slug }) => ({ id: `id-of-${slug}`, slug }));
  });
  afterAll(async () => {
    await bench?.stop();
    await issuer.stop();
  });

  interface Given {
    readonly claims?: Record<string, unknown>;
    readonly issuer?: string;
    readonly audience?: string;
    readonly expires?: string | number;
    readonly kid?: string;
    readonly with?: CryptoKey;
  }
  const sign = (given: Given = {}) =>
    new SignJWT({ email: 'ada@example.org', cairn_roles: 'admin', ...given.claims })
      .setProtectedHeader({ alg: 'RS256', kid: given.kid ?? 'one' })
      .setSubject('user-1')
      .setIssuer(given.issuer ?? issuer.url)
      .setAudience(given.audience ?? audience)
      .setIssuedAt()
      .setExpirationTime(given.expires ?? '5m')
      .sign(given.with ?? key);
  const ask = (token: string, headers: Record<string, string> = {}) =>
    bench.ask('{ status { questions } }', { headers: { authorization: `Bearer ${token}`, ...headers } });
  const refusal = async (token: string) => {
    const { status, errors, data } = await ask(token);
    expect(data ?? null).toBeNull();
    expect(bench.knowledge.methods).not.toContain('getStatus');
    const [, payload] = token.split('.');
    if (payload.length > 8) expect(JSON.stringify(errors)).not.toContain(payload);
    return [status, errors[0].extensions.code];
  };

  it('are taken, and name who changes what', async () => {
    expect(await ask(await sign())).toMatchObject({ status: 200, data: { status: { questions: 7 } } });
    const call = bench.knowledge.calls.find(({ method }) => method === 'getStatus');
    expect(call?.context).toMatchObject({ actor: 'ada@example.org', role: 'admin', space: 'id-of-default' });
    expect(call?.context.everySpace).toBeUndefined();
  });

  it('are checked without asking for the keys each time', async () => {
    for (let i = 0; i < 5; i++) await ask(await sign());
    expect(issuer.asked.filter((path) => path === '/keys')).toHaveLength(1);
  });

  it('are refused when expired, of another issuer, or for another audience', async () => {
    expect(await refusal(await sign({ expires: Math.floor(Date.now() / 1000) - 60 }))).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
    expect(await refusal(await sign({ issuer: 'https://evil.example' }))).toEqual([401, 'UNAUTHENTICATED']);
    expect(await refusal(await sign({ audience: 'somebody-else' }))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('are refused with the algorithm none, with a shared secret, and with a changed payload', async () => {
    const none = new UnsecuredJWT({ cairn_roles: 'admin' })
      .setSubject('user-1')
      .setIssuer(issuer.url)
      .setAudience(audience)
      .setExpirationTime('5m')
      .encode();
    expect(await refusal(none)).toEqual([401, 'UNAUTHENTICATED']);
    // The classic mix-up: the public key, which everybody has, taken for an HMAC secret.
    const secret = new TextEncoder().encode(JSON.stringify(publicJwk));
    const shared = await new SignJWT({ cairn_roles: 'admin' })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setSubject('user-1')
      .setIssuer(issuer.url)
      .setAudience(audience)
      .setExpirationTime('5m')
      .sign(secret);
    expect(await refusal(shared)).toEqual([401, 'UNAUTHENTICATED']);
    const [header, , signature] = (await sign({ claims: { cairn_roles: 'reader' } })).split('.');
    const [, payload] = (await sign()).split('.');
    expect(await refusal(`${header}.${payload}.${signature}`)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('are refused with a key of somebody else, under our key id or their own', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    expect(await refusal(await sign({ with: privateKey }))).toEqual([401, 'UNAUTHENTICATED']);
    expect(await refusal(await sign({ with: privateKey, kid: 'two' }))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('without a subject, without an end, and garbage of their shape are refused', async () => {
    const endless = await new SignJWT({ cairn_roles: 'admin' })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setSubject('user-1')
      .setIssuer(issuer.url)
      .setAudience(audience)
      .sign(key);
    expect(await refusal(endless)).toEqual([401, 'UNAUTHENTICATED']);
    for (const garbage of ['eyJhIjoxfQ.e30.x', 'eyJ..', 'eyJhbGciOiJSUzI1NiJ9.AAAA.BBBB'])
      expect(await refusal(garbage)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('have a role in the spaces they name, and in no other', async () => {
    const token = await sign({ claims: { cairn_roles: { support: 'admin', docs: 'reader', constructor: 'root' } } });
    expect((await ask(token, { 'x-cairn-space': 'support' })).data).toEqual({ status: { questions: 7 } });
    expect(bench.knowledge.calls.at(-1)?.context).toMatchObject({ space: 'id-of-support', role: 'admin' });
    const reader = await ask(token, { 'x-cairn-space': 'docs' });
    expect(reader.errors[0].extensions.code).toBe('FORBIDDEN');
    for (const slug of ['sales', 'constructor', '__proto__'])
      expect(await ask(token, { 'x-cairn-space': slug })).toMatchObject({
        status: 403,
        errors: [{ extensions: { code: 'FORBIDDEN' } }],
      });
    // Two spaces and none named: the default one, where it has no role.
    expect((await ask(token)).status).toBe(403);
    const everywhere = await sign({ claims: { cairn_roles: { '*': 'admin' } } });
    await ask(everywhere, { 'x-cairn-space': 'sales' });
    expect(bench.knowledge.calls.at(-1)?.context).toMatchObject({ space: 'id-of-sales', everySpace: true });
  });

  it('that give no role that is known are refused', async () => {
    for (const claims of [
      { cairn_roles: undefined },
      { cairn_roles: 'owner' },
      { cairn_roles: ['admin'] },
      { cairn_roles: null },
    ])
      expect(await refusal(await sign({ claims }))).toEqual([403, 'FORBIDDEN']);
  });

  it('signed with a new key of the issuer are taken once its keys are fetched again', async () => {
    const pair = await generateKeyPair('RS256');
    const rotated = { ...(await exportJWK(pair.publicKey)), kid: 'three', alg: 'RS256', use: 'sig' };
    issuer.keys = [publicJwk, rotated];
    const fresh = await startBench({
      tokens: { issuer: issuer.url, audience, algorithms: ['RS256'], rolesClaim: 'cairn_roles', nameClaim: 'email' },
    });
    try {
      fresh.knowledge
        .on<unknown, knowledgeV1.Status>('getStatus', () => ({ questions: 8, database: 'embedded' }))
        .on('getSpace', () => ({ id: 'x' }));
      const token = await sign({ with: pair.privateKey, kid: 'three' });
      const { data } = await fresh.ask('{ status { questions } }', { headers: { authorization: `Bearer ${token}` } });
      expect(data).toEqual({ status: { questions: 8 } });
    } finally {
      await fresh.stop();
    }
  });

  it('cannot be checked while the issuer is away, which is said so, and can once it is back', async () => {
    const port = Number(new URL(issuer.url).port);
    const late = await startBench({
      tokens: { issuer: issuer.url, audience, algorithms: ['RS256'], rolesClaim: 'cairn_roles', nameClaim: 'email' },
    });
    try {
      late.knowledge
        .on<unknown, knowledgeV1.Status>('getStatus', () => ({ questions: 9, database: 'embedded' }))
        .on('getSpace', () => ({ id: 'x' }));
      const headers = { authorization: `Bearer ${await sign()}` };
      await issuer.stop();
      const away = await late.ask('{ status { questions } }', { headers });
      expect([away.status, away.errors[0].extensions.code]).toEqual([503, 'UNAVAILABLE']);
      await issuer.start(port);
      expect((await late.ask('{ status { questions } }', { headers })).data).toEqual({ status: { questions: 9 } });
    } finally {
      await late.stop();
    }
  });

  it('are refused where no issuer is set up', async () => {
    const keysOnly = await startBench();
    try {
      const headers = { authorization: `Bearer ${await sign()}` };
      const { status, errors } = await keysOnly.ask('{ __typename }', { headers });
      expect([status, errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(keysOnly.knowledge.methods).toEqual([]);
    } finally {
      await keysOnly.stop();
    }
  });
});
