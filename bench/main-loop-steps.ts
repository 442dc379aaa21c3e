import type { Stack } from '../test/support/stack.js';

export interface Verdict {
  readonly unknown: boolean;
  /** Label of the most probable topic, whatever the verdict. */
  readonly topic: string | undefined;
}

async function ask<T>(stack: Stack, query: string, variables: Record<string, unknown>): Promise<T> {
  const { data, errors } = await stack.graphql<T>(query, variables);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** Classifies texts as a client would: 256 in a request. */
export async function classifyTexts(stack: Stack, rows: readonly { text: string }[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (let start = 0; start < rows.length; start += 256) {
    const texts = rows.slice(start, start + 256).map(({ text }) => text);
    const { classify } = await ask<{
      classify: { classifications: { unknown: boolean; candidates: { topic: { slug: string } }[] }[] };
    }>(
      stack,
      `query ($texts: [String!]!) {
        classify(texts: $texts, topK: 1) { classifications { unknown candidates { topic { slug } } } }
      }`,
      { texts },
    );
    for (const { unknown, candidates } of classify.classifications)
      verdicts.push({ unknown, topic: candidates[0] && labelsByForm.get(form(candidates[0].topic.slug)) });
  }
  return verdicts;
}

/** Labels by the form that a slug and a label have in common: "Refund_not_showing_up" is "refund-not-showing-up". */
const labelsByForm = new Map<string, string>();
const form = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

export function rememberLabels(labels: Iterable<string>): void {
  for (const label of labels) labelsByForm.set(form(label), label);
}

export interface SuggestedCluster {
  readonly id: string;
  readonly version: number;
  readonly exemplars: readonly string[];
  /** All members, nearest to the centroid first. */
  readonly texts: readonly string[];
}

/** Every pending suggestion with all its questions. */
export async function suggestedClusters(stack: Stack): Promise<SuggestedCluster[]> {
  const clusters: SuggestedCluster[] = [];
  for (let after: string | null = null; ;) {
    const page: {
      suggestions: {
        pageInfo: { hasNextPage: boolean; endCursor: string };
        nodes: { id: string; version: number; exemplars: { text: string }[] }[];
      };
    } = await ask(
      stack,
      `query ($after: String) {
        suggestions(first: 50, after: $after) {
          pageInfo { hasNextPage endCursor } nodes { id version exemplars { text } }
        }
      }`,
      { after },
    );
    for (const { id, version, exemplars } of page.suggestions.nodes)
      clusters.push({ id, version, exemplars: exemplars.map(({ text }) => text), texts: await membersOf(stack, id) });
    if (!page.suggestions.pageInfo.hasNextPage) return clusters;
    after = page.suggestions.pageInfo.endCursor;
  }
}

async function membersOf(stack: Stack, id: string): Promise<string[]> {
  const texts: string[] = [];
  for (let after: string | null = null; ;) {
    const page: {
      questions: { pageInfo: { hasNextPage: boolean; endCursor: string }; nodes: { text: string }[] };
    } = await ask(
      stack,
      `query ($id: ID!, $after: String) {
        questions(first: 100, after: $after, filter: { suggestionId: $id }) {
          pageInfo { hasNextPage endCursor } nodes { text }
        }
      }`,
      { id, after },
    );
    texts.push(...page.questions.nodes.map(({ text }) => text));
    if (!page.questions.pageInfo.hasNextPage) return texts;
    after = page.questions.pageInfo.endCursor;
  }
}

export interface Decisions {
  accepted: number;
  merged: number;
  rejected: number;
  /** Hidden topics that became topics. */
  readonly found: Set<string>;
}

/** Questions the simulated admin reads, and the share of one topic among them that convinces. */
const read = 15;
const convincing = 0.6;

/** The simulated admin (see main-loop.ts), through the command line. */
export async function decideOnSuggestions(
  stack: Stack,
  truth: ReadonlyMap<string, string>,
  hidden: ReadonlySet<string>,
): Promise<Decisions> {
  const decisions: Decisions = { accepted: 0, merged: 0, rejected: 0, found: new Set() };
  for (const { id, exemplars, texts } of await suggestedClusters(stack)) {
    const seen = [...new Set([...exemplars, ...texts.slice(0, read)])].map((text) => truth.get(text)!);
    const counts = new Map<string, number>();
    for (const label of seen) counts.set(label, (counts.get(label) ?? 0) + 1);
    const [label, count] = [...counts].sort((a, b) => b[1] - a[1])[0];
    if (count / seen.length < convincing) {
      await decide(stack, ['reject', id, '--reason', 'mixed']);
      decisions.rejected++;
    } else if (hidden.has(label) && !decisions.found.has(label)) {
      await decide(stack, ['accept', id, '--title', label]);
      decisions.found.add(label);
      decisions.accepted++;
    } else {
      await decide(stack, ['merge', id, '--into', await slugOf(stack, label)]);
      decisions.merged++;
    }
  }
  return decisions;
}

async function slugOf(stack: Stack, label: string): Promise<string> {
  const { topics } = await ask<{ topics: { nodes: { slug: string }[] } }>(
    stack,
    '{ topics(first: 100) { nodes { slug } } }',
    {},
  );
  return topics.nodes.find(({ slug }) => form(slug) === form(label))!.slug;
}

async function decide(stack: Stack, args: string[]): Promise<void> {
  const { code, stderr } = await stack.cli([...args, '--json']);
  if (code !== 0) throw new Error(`cairn ${args.join(' ')}: ${stderr}`);
}
