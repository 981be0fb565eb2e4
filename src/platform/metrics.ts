import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** One number, or several told apart by labels, read at the moment somebody looks. */
export interface Measure {
  /** Prometheus name with its unit, for example `consentry_revocation_latency_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly read: () => Promise<readonly Sample[]>;
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a monitoring system reads from this process. */
export interface Metrics {
  /** Prometheus text format and its content type. A measure that cannot be read is left out. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

/** Process and garbage-collection figures, and the given measures. Never anything about a person. */
export function createMetrics(measures: readonly Measure[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, help, labelNames = [], read } of measures) {
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: async () => {
        gauge.reset();
        const samples = await read().catch((): readonly Sample[] => []);
        // Without labels the library would say 0, which is a figure.
        if (samples.length === 0 && labelNames.length === 0) gauge.set(Number.NaN);
        for (const { labels = {}, value } of samples) gauge.set({ ...labels }, value);
      },
    });
  }
  return Object.freeze({
    render: async () => ({
      body: await registry.metrics(),
      contentType: registry.contentType,
    }),
  });
}
