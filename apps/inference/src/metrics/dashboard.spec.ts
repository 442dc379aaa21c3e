/** The dashboard, the table of metrics and the settings around them, against what the code really serves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse as parseYaml } from 'yaml';
import { parsePrometheusText, type MetricFamily, type Sample } from '../../../../test/support/prometheus-text.js';
import { metricPrefix } from './engine-metrics.js';
import { PrometheusObserver } from './prometheus-observer.js';

const root = join(__dirname, '../../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
  readonly query: string | { readonly query: string };
}
const dashboard = JSON.parse(read('deploy/grafana/dashboards/inference.json')) as {
  schemaVersion: number;
  uid: string;
  panels: Panel[];
  templating: { list: Variable[] };
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** A page of an engine to which everything has happened once. */
async function fullPage(): Promise<Map<string, MetricFamily>> {
  const observer = new PrometheusObserver();
  const model = 'cairn-encoder-v2';
  observer.bindGauges({
    queues: () => [{ model, lane: 'bulk', texts: 1, tokens: 20 }],
    models: () => [{ model, device: 'cpu', precision: 'float32', memoryBytes: 1e6, sessions: 2, busySessions: 1 }],
    admitted: () => 1,
    admissionLimit: 16_384,
  });
  for (const lane of ['interactive', 'bulk'] as const) {
    observer.batch({ model, lane, texts: 1, tokens: 20, paddedTokens: 20, ms: 5 });
    observer.request({ model, lane, texts: 1, tokens: 20, tokenizationMs: 1, queueMs: 1, inferenceMs: 5 });
    observer.rejected('OVERLOADED', lane, 1);
  }
  observer.dropped(model, 1);
  observer.crashed(model);
  observer.fellBack(model, 'cuda', 'cpu');
  return parsePrometheusText(await observer.metrics());
}

/** Labels that Prometheus itself gives every series. */
const targetLabels = { instance: 'inference:9464', job: 'cairn-inference' };

interface Selector {
  readonly text: string;
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
  /** Whether it is a range, as `rate` wants: `metric[5m]`. */
  readonly ranged: boolean;
}
interface Expression {
  readonly selectors: Selector[];
  /** Of every `by (...)`, with the selectors it groups. */
  readonly groupings: { readonly labels: string[]; readonly selectors: Selector[] }[];
}

/**
 * What a PromQL expression selects and groups by, read with the grammar of Prometheus's own editor.
 * @throws Error if it is not PromQL
 */
function readExpression(expression: string): Expression {
  const text = expression.replaceAll('$__rate_interval', '5m');
  const tree = parser.parse(text);
  const at = (node: { from: number; to: number }) => text.slice(node.from, node.to);
  const read: Expression & { spans: { from: number; to: number; selector: Selector }[] } = {
    selectors: [],
    groupings: [],
    spans: [],
  };
  tree.iterate({
    enter: ({ node, type }) => {
      if (type.isError) throw new Error(`Not PromQL at ${node.from}: ${expression}`);
      if (type.name !== 'VectorSelector') return;
      const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
        label: at(matcher.getChild('LabelName')!),
        operator: at(matcher.getChild('MatchOp')!),
        value: JSON.parse(at(matcher.getChild('StringLiteral')!)) as string,
      }));
      const selector: Selector = {
        text: at(node),
        metric: at(node.getChild('Identifier')!),
        matchers,
        ranged: node.parent?.name === 'MatrixSelector',
      };
      read.selectors.push(selector);
      read.spans.push({ from: node.from, to: node.to, selector });
    },
  });
  tree.iterate({
    enter: ({ node, type }) => {
      if (type.name !== 'AggregateExpr') return;
      const labels = node.getChild('AggregateModifier')?.getChild('GroupingLabels')?.getChildren('LabelName').map(at);
      const inside = read.spans.filter(({ from, to }) => from >= node.from && to <= node.to);
      read.groupings.push({ labels: labels ?? [], selectors: inside.map(({ selector }) => selector) });
    },
  });
  return read;
}

describe('the dashboard', () => {
  let page: Map<string, MetricFamily>;
  beforeAll(async () => {
    page = await fullPage();
  });

  const familyOf = (metric: string): MetricFamily | undefined =>
    page.get(metric) ?? page.get(metric.replace(/_(bucket|sum|count)$/, ''));

  /** The samples a selector finds, variables standing for everything. */
  function found({ metric, matchers }: Selector): Sample[] {
    return (familyOf(metric)?.samples ?? []).filter(
      ({ name, labels }) =>
        name === metric &&
        matchers.every(({ label, operator, value }) => {
          const given = { ...labels, ...targetLabels }[label];
          if (given === undefined) return false;
          return operator === '=' ? given === value : new RegExp(`^(?:${value.replace(/\$\w+/g, '.*')})$`).test(given);
        }),
    );
  }
  const labelsOf = (selector: Selector): string[] => Object.keys({ ...found(selector)[0]?.labels, ...targetLabels });

  const targets = panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
  );
  const examples = read('deploy/README.md')
    .split('\n')
    .filter((line) => line.startsWith('    ') && line.includes(metricPrefix))
    .map((line) => ({ title: 'the README', expr: line.trim(), legendFormat: line.trim() }));

  it.each([...targets, ...examples])('asks for series that exist: $title, $legendFormat', ({ expr, legendFormat }) => {
    const { selectors, groupings } = readExpression(expr);
    expect(selectors).not.toEqual([]);
    for (const selector of selectors) {
      expect({ selector: selector.text, found: found(selector).length > 0 }).toEqual({
        selector: selector.text,
        found: true,
      });
      // Only what counts upwards has a rate, and nothing else of it means anything.
      expect(selector.ranged).toBe(['counter', 'histogram'].includes(familyOf(selector.metric)!.type));
      for (const { operator } of selector.matchers) expect(['=', '=~']).toContain(operator);
    }
    for (const { labels, selectors: grouped } of groupings)
      for (const selector of grouped) for (const label of labels) expect(labelsOf(selector)).toContain(label);
    if (expr.includes('histogram_quantile')) {
      expect(selectors.every(({ metric }) => metric.endsWith('_bucket'))).toBe(true);
      expect(groupings.every(({ labels }) => labels.includes('le'))).toBe(true);
    }
    const known = groupings.length > 0 ? groupings.flatMap(({ labels }) => labels) : selectors.flatMap(labelsOf);
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(known).toContain(label);
  });

  it('shows every metric of the engine', () => {
    const shown = new Set(
      targets.flatMap(({ expr }) => readExpression(expr).selectors).map(({ metric }) => familyOf(metric)!.name),
    );
    const own = [...page.keys()].filter((name) => name.startsWith(metricPrefix));
    expect(own.filter((name) => !shown.has(name))).toEqual([]);
    expect(shown).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(shown).toContain('process_resident_memory_bytes');
  });

  it('fills its variables from series that exist, and uses no others', () => {
    const variables = dashboard.templating.list;
    expect(variables[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    for (const { name, definition, query } of variables.slice(1)) {
      expect(query).toMatchObject({ query: definition });
      const [, selected, label] = /^label_values\((.+), (\w+)\)$/.exec(definition!)!;
      expect(label).toBe(name);
      const [selector] = readExpression(selected).selectors;
      expect(labelsOf(selector)).toContain(label);
      expect(found(selector)).not.toEqual([]);
    }
    const known = [...variables.map(({ name }) => name), '__rate_interval'];
    for (const { expr } of targets) for (const [, name] of expr.matchAll(/\$\{?(\w+)/g)) expect(known).toContain(name);
  });

  it('is laid out on the grid of 24 without overlaps, every panel with its data source', () => {
    expect(dashboard.schemaVersion).toBe(42);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Set<string>();
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect({ title, taken: taken.has(`${x} ${y}`) }).toEqual({ title, taken: false });
          taken.add(`${x} ${y}`);
        }
    }
    for (const { datasource, targets: queries } of panels) {
      expect(datasource?.uid).toBe('${datasource}');
      expect(queries?.length).toBeGreaterThan(0);
    }
  });
});

describe('what is said of the metrics', () => {
  it('deploy/README.md has all of them, as they are', async () => {
    const page = await fullPage();
    const expected = [...page.values()]
      .filter(({ name }) => name.startsWith(metricPrefix))
      .map(({ name, type, help, samples }) => {
        const labels = Object.keys(samples[0].labels).filter((label) => label !== 'le');
        return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`;
      });
    const written = read('deploy/README.md')
      .split('\n')
      .filter((line) => line.startsWith(`| \`${metricPrefix}`));
    expect(written.sort()).toEqual(expected.sort());
  });

  it('compose, Prometheus and Grafana agree on ports, paths and intervals', () => {
    const compose = parseYaml(read('docker-compose.yml'), { merge: true }) as {
      services: Record<
        string,
        { environment: Record<string, string>; volumes: string[]; image: string; profiles?: string[] }
      >;
    };
    const scraping = parseYaml(read('deploy/prometheus/prometheus.yml')) as {
      global: { scrape_interval: string };
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const [{ names, port }] = scraping.scrape_configs[0].dns_sd_configs;
    expect(compose.services[names[0]].environment.METRICS_ADDRESS).toBe(`0.0.0.0:${port}`);
    const { datasources } = parseYaml(read('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: { jsonData: { timeInterval: string } }[];
    };
    expect(datasources[0].jsonData.timeInterval).toBe(scraping.global.scrape_interval);
    const { providers } = parseYaml(read('deploy/grafana/provisioning/dashboards/cairn.yml')) as {
      providers: { options: { path: string } }[];
    };
    expect(compose.services.grafana.volumes).toContain(`./deploy/grafana/dashboards:${providers[0].options.path}:ro`);
    for (const name of ['prometheus', 'grafana']) {
      expect(compose.services[name].profiles).toEqual(['observability']);
      expect(compose.services[name].image).toMatch(/:v?\d+\.\d+\.\d+$/);
    }
  });
});
