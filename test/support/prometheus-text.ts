/**
 * Reads the text format of Prometheus (0.0.4) and refuses whatever is not quite it. Source: "Exposition formats" in
 * the documentation of Prometheus; stricter in that every sample needs its HELP and TYPE.
 */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

const metricName = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;
const suffixes: Record<string, readonly string[]> = {
  counter: [''],
  gauge: [''],
  untyped: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * The metric families of a page, by name.
 * @throws Error that quotes the first line that is wrong
 */
export function parsePrometheusText(page: string): Map<string, MetricFamily> {
  if (!page.endsWith('\n')) throw new Error('The last line has no end.');
  const families = new Map<string, MetricFamily>();
  const series = new Set<string>();
  let family: MetricFamily | undefined;
  let help: { name: string; text: string } | undefined;
  for (const line of page.slice(0, -1).split('\n')) {
    const fail = (reason: string): never => {
      throw new Error(`${reason}: ${line}`);
    };
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      const [, name, text] = new RegExp(`^# HELP (${metricName}) (.+)$`).exec(line) ?? fail('Not a HELP line');
      help = { name, text };
      continue;
    }
    if (line.startsWith('#')) {
      const [, name, type] = new RegExp(`^# TYPE (${metricName}) (\\w+)$`).exec(line) ?? fail('Not a TYPE line');
      if (help?.name !== name) fail('TYPE does not follow its HELP');
      if (!(type in suffixes)) fail('No such type');
      if (families.has(name)) fail('A second TYPE');
      family = { name, type, help: help!.text, samples: [] };
      families.set(name, family);
      continue;
    }
    const [, name, labelText = '', valueText] =
      new RegExp(`^(${metricName})(?:\\{(.*)\\})? (\\S+)$`, 's').exec(line) ?? fail('Not a sample');
    if (family === undefined || !suffixes[family.type].some((suffix) => name === family!.name + suffix))
      fail('A sample outside its family');
    const labels = parseLabels(labelText) ?? fail('Wrong labels');
    const key = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
    if (series.has(key)) fail('The same series twice');
    series.add(key);
    family!.samples.push({ name, labels, value: parseValue(valueText) ?? fail('Not a number') });
  }
  for (const { name, type, samples } of families.values()) {
    if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is below 0.`);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  for (let at = 0; at < text.length; at = labelPair.lastIndex) {
    const [, name, value] = labelPair.exec(text) ?? [];
    if (name === undefined || name in labels) return undefined;
    labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
  }
  return labels;
}

function parseValue(text: string): number | undefined {
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  // As Go reads it, in any case; prom-client writes "Nan".
  if (text.toLowerCase() === 'nan') return NaN;
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** Buckets rise in bound and in count up to `+Inf`, which is the count; each series has its sum and its count. */
function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { buckets: [number, number][]; sum?: number; count?: number }>();
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    let found = series.get(key);
    if (found === undefined) series.set(key, (found = { buckets: [] }));
    if (sample.name === `${name}_bucket`) found.buckets.push([parseValue(le ?? '') ?? NaN, sample.value]);
    else if (sample.name === `${name}_sum`) found.sum = sample.value;
    else found.count = sample.value;
  }
  for (const [labels, { buckets, sum, count }] of series) {
    const rises = buckets.every(
      ([bound, value], i) => i === 0 || (bound > buckets[i - 1][0] && value >= buckets[i - 1][1]),
    );
    const last = buckets.at(-1);
    if (!rises || last?.[0] !== Infinity || last[1] !== count || sum === undefined)
      throw new Error(`${name} is no histogram for ${labels}.`);
  }
}
