import { readEnvironment } from './environment.js';
import { toTraceSettings, traceVariables } from './trace-settings.js';
import { createLogger } from './log.js';
import { openTracing } from './tracing.js';
import { trace } from '@opentelemetry/api';
import { z } from 'zod';

const read = (environment: NodeJS.ProcessEnv) =>
  toTraceSettings(readEnvironment(z.object(traceVariables), environment));

describe('the settings of traces', () => {
  it('are off, and nothing is loaded for them, until an exporter or an endpoint is given', async () => {
    expect(read({})).toBeUndefined();
    expect(
      read({ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }),
    ).toBeUndefined();
    expect(read({ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' })).toBeUndefined();
    await openTracing('spec', undefined, createLogger('spec', 'silent'));
    expect(trace.getTracer('spec').startSpan('nothing').isRecording()).toBe(false);
  });

  it('are the standard ones', () => {
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' })).toEqual({ exporter: 'otlp' });
    expect(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' })).toEqual({ exporter: 'otlp' });
    expect(read({ OTEL_TRACES_EXPORTER: 'console', OTEL_TRACES_SAMPLER_ARG: '0.1' })).toEqual({ exporter: 'console' });
  });

  it('that are wrong are told at once, all of them', () => {
    const wrong = {
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'token',
      OTEL_TRACES_SAMPLER: 'some',
      OTEL_TRACES_SAMPLER_ARG: '2',
    };
    const lines = () => {
      try {
        read(wrong);
        return [];
      } catch (error) {
        return (error as Error).message.split('\n').slice(1);
      }
    };
    expect(lines().map((line) => line.trim().split(':')[0])).toEqual(Object.keys(wrong));
  });
});
