// Checks models/paraphrases (groups of questions with one meaning) and models/probes (held-out tests), prints counts.
//
//   node scripts/check-paraphrases.mjs                            the data by itself; part of `npm run check`
//   node scripts/check-paraphrases.mjs --against FOLDER [--at J]  lists what nearly equals a text in FOLDER
//
// --against compares with every cell of every .tsv, .csv, .json, .jsonl and .txt below FOLDER and prints only ids of
// this repository, never the text met there: evaluation sets can be kept out of the groups by people who have not
// read them. "Nearly equal" is a Jaccard overlap of token sets of at least J (0.8).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = new URL('..', import.meta.url).pathname;
const { values: options } = parseArgs({
  options: { against: { type: 'string' }, at: { type: 'string', default: '0.8' } },
});
const overlap = Number(options.at);
if (!(overlap > 0 && overlap <= 1)) throw new Error(`--at must be in (0, 1], not ${options.at}.`);

const problems = [];
const normalised = (text) =>
  text
    .toLowerCase()
    .replaceAll(/['’]/g, '')
    .replaceAll(/[^\p{L}\p{N}+#%$€£@&=]+/gu, ' ')
    .trim();

/** Every line of a .jsonl file as an object; a line that is not JSON is a problem. */
function readLines(path) {
  const rows = [];
  for (const [index, line] of readFileSync(path, 'utf8').trimEnd().split('\n').entries()) {
    try {
      rows.push(JSON.parse(line));
    } catch {
      problems.push(`${path}:${index + 1} is not JSON`);
    }
  }
  return rows;
}

const areas = new Map();
for (const name of readdirSync(join(root, 'models/paraphrases')).sort()) {
  if (name.endsWith('.jsonl')) areas.set(name.slice(0, -6), readLines(join(root, 'models/paraphrases', name)));
}
const probes = new Map();
for (const name of ['negation', 'word-order', 'numbers', 'starter-search']) {
  const path = join(root, 'models/probes', `${name}.jsonl`);
  if (existsSync(path)) probes.set(name, readLines(path));
  else problems.push(`models/probes/${name}.jsonl is missing`);
}

const isText = (value) => typeof value === 'string' && value.trim() === value && normalised(value) !== '';

/** Every text with the one it belongs to: { owner, kind, text, tokens }. Checks shapes, ids and equality on the way. */
const texts = [];
const add = (owner, kind, text) => texts.push({ owner, kind, text, tokens: new Set(normalised(text).split(' ')) });
const ids = new Set();
let withNegatives = 0;
for (const [area, groups] of areas) {
  for (const [index, group] of groups.entries()) {
    const id = String(group.id ?? `${area}:${index + 1}`);
    const { questions = [], hard_negatives: negatives = [] } = group;
    if (!/^[a-z-]+-\d{4}$/.test(id) || !id.startsWith(`${area}-`)) problems.push(`${id}: not an id of ${area}`);
    if (ids.has(id)) problems.push(`${id}: id used twice`);
    ids.add(id);
    if (questions.length < 3 || questions.length > 6) problems.push(`${id}: ${questions.length} questions`);
    if (negatives.length > 3) problems.push(`${id}: ${negatives.length} hard negatives`);
    const all = [...questions, ...negatives];
    if (!all.every(isText)) problems.push(`${id}: an empty or untrimmed text`);
    else if (new Set(all.map(normalised)).size < all.length) problems.push(`${id}: the same text twice`);
    else {
      for (const question of questions) add(id, 'question', question);
      for (const negative of negatives) add(id, 'negative', negative);
    }
    if (negatives.length > 0) withNegatives++;
  }
}
const titles = new Map();
for (const entry of readdirSync(join(root, 'content/questions'), { recursive: true })) {
  if (!entry.endsWith('.md')) continue;
  const title = /^question: (.*)$/m.exec(readFileSync(join(root, 'content/questions', entry), 'utf8'));
  titles.set(entry.slice(0, -3), title?.[1] ?? '');
}
for (const [name, rows] of probes) {
  for (const [index, row] of rows.entries()) {
    const id = `${name}:${index + 1}`;
    const fields = name === 'starter-search' ? ['query'] : ['anchor', 'same', 'different'];
    if (!fields.every((field) => isText(row[field]))) problems.push(`${id}: needs ${fields.join(', ')}`);
    else if (new Set(fields.map((field) => normalised(row[field]))).size < fields.length)
      problems.push(`${id}: the same text twice`);
    else for (const field of fields) add(id, 'probe', row[field]);
    if (name !== 'starter-search') continue;
    if (!titles.has(row.question)) problems.push(`${id}: no entry ${row.question} in content/questions`);
    else if (normalised(titles.get(row.question)) === normalised(row.query))
      problems.push(`${id}: is the entry's title`);
  }
}

const frequency = new Map();
const countTokens = (tokens) => {
  for (const token of tokens) frequency.set(token, (frequency.get(token) ?? 0) + 1);
};

/**
 * The tokens of which two sets must share at least one to overlap by `overlap` (prefix filtering: Bayardo, Ma and
 * Srikant 2007, "Scaling up all pairs similarity search"): the rarest len - ceil(overlap * len) + 1.
 */
function prefix(tokens) {
  const sorted = [...tokens].sort((a, b) => frequency.get(a) - frequency.get(b) || (a < b ? -1 : 1));
  return sorted.slice(0, sorted.length - Math.ceil(overlap * sorted.length - 1e-9) + 1);
}

function jaccard(a, b) {
  let both = 0;
  for (const token of a) if (b.has(token)) both++;
  return both / (a.size + b.size - both);
}

/** Calls `met(a, b)` for each pair of nearly equal texts: within `rows`, or of `others` with `rows`. */
function eachNearPair(rows, others, met) {
  const index = new Map();
  const candidates = (row, visit) => {
    const seen = new Set();
    for (const token of prefix(row.tokens)) {
      for (const other of index.get(token) ?? []) {
        if (seen.has(other)) continue;
        seen.add(other);
        if (jaccard(row.tokens, other.tokens) >= overlap) visit(other);
      }
    }
  };
  const insert = (row) => {
    for (const token of prefix(row.tokens)) {
      const list = index.get(token);
      if (list) list.push(row);
      else index.set(token, [row]);
    }
  };
  for (const row of rows) {
    if (!others) candidates(row, (other) => met(other, row));
    insert(row);
  }
  for (const row of others ?? []) candidates(row, (other) => met(other, row));
}

/** Every text in a file of an evaluation set, whatever its layout: cells of tables, strings of JSON, lines. */
function* textsOf(path) {
  const content = readFileSync(path, 'utf8');
  if (path.endsWith('.json')) {
    const queue = [JSON.parse(content)];
    while (queue.length > 0) {
      const value = queue.pop();
      if (typeof value === 'string') yield value;
      else if (value && typeof value === 'object') for (const part of Object.values(value)) queue.push(part);
    }
    return;
  }
  for (const line of content.split('\n')) {
    if (path.endsWith('.jsonl') && line) yield* Object.values(JSON.parse(line)).filter((v) => typeof v === 'string');
    else yield* line.split(path.endsWith('.tsv') ? '\t' : path.endsWith('.csv') ? /","|^"|"$/ : /$/);
  }
}

if (options.against) {
  const seen = new Set();
  const foreign = [];
  for (const entry of readdirSync(options.against, { recursive: true })) {
    if (!/\.(tsv|csv|json|jsonl|txt)$/.test(entry)) continue;
    for (const text of textsOf(join(options.against, entry))) {
      const key = normalised(text);
      if (!key.includes(' ') || seen.has(key)) continue;
      seen.add(key);
      foreign.push({ tokens: new Set(key.split(' ')) });
    }
  }
  for (const { tokens } of texts) countTokens(tokens);
  for (const { tokens } of foreign) countTokens(tokens);
  const found = new Map();
  eachNearPair(texts, foreign, (own) => found.set(own, own.owner));
  for (const { owner, kind, text } of found.keys()) console.log(`${owner}\t${kind}\t${text}`);
  console.log(
    `${found.size} of ${texts.length} texts are nearly equal to one of ${foreign.length} in ${options.against}`,
  );
  process.exit(found.size > 0 ? 1 : 0);
}

for (const { tokens } of texts) countTokens(tokens);
eachNearPair(texts, undefined, (a, b) => {
  if (a.owner === b.owner) return;
  // A hard negative may well be another group's question, or nearly another's negative: it still means something else.
  const probe = a.kind === 'probe' || b.kind === 'probe';
  if (probe ? a.kind !== b.kind : a.kind === 'question' && b.kind === 'question')
    problems.push(`${a.owner} and ${b.owner}: nearly equal: "${a.text}" and "${b.text}"`);
});

const count = (kind) => texts.filter((row) => row.kind === kind).length;
const list = (map) => [...map].map(([name, rows]) => `${name} ${rows.length}`).join(', ');
console.log(`groups by area: ${list(areas)}`);
console.log(`probes: ${list(probes)}`);
console.log(
  `${ids.size} groups, ${count('question')} questions, ${count('negative')} hard negatives ` +
    `(${((100 * withNegatives) / ids.size || 0).toFixed(0)} % of groups have one)`,
);
for (const problem of problems) console.error(problem);
if (withNegatives < ids.size / 2) problems.push('fewer than half of the groups have a hard negative');
if (problems.length > 0) {
  console.error(`check-paraphrases: ${problems.length} problems`);
  process.exit(1);
}
