import { Metadata, status } from '@grpc/grpc-js';
import { DomainError, domainErrorCodes, fromGrpcError, toGrpcError } from './domain-error.js';

const overTheWire = (error: unknown) => Object.assign(new Error('wire'), toGrpcError(error, 'req-1'));

describe('domain errors over gRPC', () => {
  it.each(domainErrorCodes)('%s arrives as it was sent', (code) => {
    const sent = new DomainError(code, 'Übel: "text" is empty.', { field: 'rows.3.text', retryAfterMs: 250 });
    const received = fromGrpcError(overTheWire(sent), 'inference');
    expect(received).toMatchObject({ code, message: sent.message, details: sent.details });
  });

  it('every code has a gRPC status of its own', () => {
    const statuses = domainErrorCodes.map((code) => toGrpcError(new DomainError(code, ''), '').code);
    expect(new Set(statuses).size).toBe(domainErrorCodes.length);
  });

  it('what was not expected says nothing but the request id', () => {
    const sent = toGrpcError(new Error('password=hunter2 at db.ts:7'), 'req-7');
    expect(JSON.stringify({ ...sent, metadata: sent.metadata.toJSON() })).not.toContain('hunter2');
    const received = fromGrpcError(Object.assign(new Error(), sent), 'knowledge');
    expect(received).toMatchObject({ code: 'INTERNAL', details: { requestId: 'req-7' } });
  });

  it('names the service that cannot be reached', () => {
    const down = Object.assign(new Error(), { code: status.UNAVAILABLE, details: '14', metadata: new Metadata() });
    const received = fromGrpcError(down, 'clustering');
    expect(received.code).toBe('UNAVAILABLE');
    expect(received.message).toContain('clustering');
  });

  it('tells a server that was shut down from a call that we cancelled', () => {
    const reset = (details: string) =>
      fromGrpcError(
        Object.assign(new Error(), { code: status.CANCELLED, details, metadata: new Metadata() }),
        'inference',
      );
    expect(reset('Cancelled on client').code).toBe('CANCELLED');
    expect(reset('Call cancelled').code).toBe('UNAVAILABLE');
  });
});
