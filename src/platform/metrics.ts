import {
  collectDefaultMetrics,
  Counter as LibraryCounter,
  Gauge,
  Histogram as LibraryHistogram,
  Registry,
} from 'prom-client';

/** One number, or several distinguished by labels. It is read when a monitoring system requests the metrics. */
export interface Measure {
  /** Prometheus name with its unit, for example `consentry_revocation_latency_seconds`. */
  readonly name: string;
  readonly help: string;
  /** A counter only grows while the process lives. Default: a gauge. */
  readonly kind?: 'gauge' | 'counter';
  readonly labelNames?: readonly string[];
  readonly read: () => Promise<readonly Sample[]>;
}

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/**
 * Callers must not be able to fill the memory of a node or of a monitoring system. The values of labels
 * come from fixed lists; this bound holds if one does not.
 */
const MOST_SERIES = 3_000;
const OTHER = 'other';
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Counts events by labels.
 * A counter in this process, from 0 at its start.
 */
export function createCounter({ name, help, labelNames = [] }: Described) {
  const series = new Map<string, { readonly labels: Labels; value: number }>();
  if (labelNames.length === 0) series.set('', { labels: {}, value: 0 });
  const bound = bounded(labelNames);
  const read = async () => [...series.values()];
  const measure: Measure = { name, help, kind: 'counter', labelNames, read };
  return {
    add(labels: Labels = {}): void {
      const { key, kept } = bound(labels);
      const known = series.get(key);
      if (known === undefined) series.set(key, { labels: kept, value: 1 });
      else known.value += 1;
    },

    /** For {@link createMetrics}. */
    measure,
  };
}

/**
 * A histogram of durations in seconds in this process, with buckets from 5 ms to 10 s.
 */
export function createDurations({ name, help, labelNames = [] }: Described) {
  const bound = bounded(labelNames);
  const histogram = new LibraryHistogram({
    name,
    help,
    labelNames: [...labelNames],
    buckets: BUCKETS,
    registers: [],
  });
  return {
    observe(labels: Labels, seconds: number): void {
      histogram.observe({ ...bound(labels).kept }, seconds);
    },

    /** For {@link createMetrics}. */
    histogram,
  };
}

type Durations = ReturnType<typeof createDurations>;

/** Returns the labels while there are few combinations, afterwards `other` for each. */
function bounded(
  labelNames: readonly string[],
): (labels: Labels) => { readonly key: string; readonly kept: Labels } {
  const known = new Map<string, Labels>();
  const others = Object.fromEntries(labelNames.map((name) => [name, OTHER]));
  return (labels) => {
    const key = labelNames.map((name) => labels[name] ?? '').join('\n');
    const kept = known.get(key);
    if (kept !== undefined) return { key, kept };
    if (known.size >= MOST_SERIES) return { key: OTHER, kept: others };
    known.set(key, labels);
    return { key, kept: labels };
  };
}

/**
 * The measures that a monitoring system reads from this process.
 * Process and garbage-collection figures, and the given ones. Never anything about a person.
 */
export function createMetrics(measures: readonly Measure[], durations: readonly Durations[] = []) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { histogram } of durations) registry.registerMetric(histogram);
  for (const measure of measures) {
    if (measure.kind === 'counter') registerCounter(registry, measure);
    else registerGauge(registry, measure);
  }
  return {
    /** Prometheus text format and its content type. A measure that cannot be read is left out. */
    async render(): Promise<{ readonly body: string; readonly contentType: string }> {
      return {
        body: await registry.metrics(),
        contentType: registry.contentType,
      };
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function registerGauge(registry: Registry, { name, help, labelNames = [], read }: Measure): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect: async () => {
      gauge.reset();
      const samples = await read().catch((): readonly Sample[] => []);
      // Without labels the library would report 0, as if it had been measured.
      if (samples.length === 0 && labelNames.length === 0) gauge.set(Number.NaN);
      for (const { labels = {}, value } of samples) gauge.set({ ...labels }, value);
    },
  });
}

function registerCounter(registry: Registry, { name, help, labelNames = [], read }: Measure): void {
  const counter = new LibraryCounter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect: async () => {
      counter.reset();
      for (const { labels = {}, value } of await read()) counter.inc({ ...labels }, value);
    },
  });
}
