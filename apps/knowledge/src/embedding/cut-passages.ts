import MarkdownIt from 'markdown-it';

/** Passages of one answer that are embedded at most; what an answer says after them is found by words only. */
export const mostPassages = 32;

/** About 200 tokens of English: with the question in front it stays below the 256 that the bundled encoder reads. */
const longest = 800;

/** Shorter ones ("Yes.", a heading's worth of words) say too little alone: they go with what follows. */
const shortest = 20;

/** Of the question's text, as much as stands before each passage. */
const mostOfQuestion = 300;

const parser = new MarkdownIt('default', { html: true });
parser.core.ruler.enableOnly(['normalize', 'block']);

/**
 * The passages of an answer whose vectors are kept: paragraphs, lists, tables and quotes, each in Markdown as it stands
 * in the body. A heading, or a paragraph of less than 20 characters, goes with the block below it; code is left out,
 * unless there is nothing else. What is longer than 800 characters is cut at the ends of sentences and lines.
 * @returns 1 to 32 passages, in their order; none of a body that is blank
 */
export function cutPassages(body: string): string[] {
  const passages: string[] = [];
  let before = '';
  for (const block of blocks(body)) {
    const text = before === '' ? block.text : `${before}\n${block.text}`;
    if (block.heading || text.length < shortest) {
      before = text;
      continue;
    }
    before = '';
    passages.push(...cut(text));
    if (passages.length >= mostPassages) return passages.slice(0, mostPassages);
  }
  if (passages.length > 0) return passages;
  const all = before === '' ? body.trim() : before;
  return all === '' ? [] : cut(all).slice(0, mostPassages);
}

/** What is embedded for a passage: it says what the question asks, too. */
export function passageInContext(question: string, passage: string): string {
  return `${question.slice(0, mostOfQuestion)} ${passage}`;
}

interface Block {
  readonly text: string;
  readonly heading: boolean;
}

/** Blocks of the top level, without the lines of code in them. */
function* blocks(body: string): Generator<Block> {
  const lines = body.split(/\r\n|\r|\n/);
  const tokens = parser.parse(body, {});
  for (const token of tokens)
    if ((token.type === 'fence' || token.type === 'code_block') && token.map !== null)
      lines.fill('', token.map[0], token.map[1]);
  for (const { level, nesting, map, type } of tokens) {
    if (level !== 0 || nesting < 0 || map === null || type === 'hr') continue;
    const kept = lines.slice(map[0], map[1]).filter((line) => line.trim() !== '');
    if (kept.length > 0) yield { text: kept.join('\n').trim(), heading: type === 'heading_open' };
  }
}

/** A text in pieces of at most `longest` characters: as many whole sentences and lines as fit, longer ones at a space. */
function cut(text: string): string[] {
  if (text.length <= longest) return [text];
  const pieces: string[] = [];
  let piece = '';
  for (const part of text.split(/(?<=[.!?]["')\]*_]*\s|[。！？]|\n)/u).flatMap(atSpaces)) {
    if (piece.length + part.length > longest) {
      pieces.push(piece);
      piece = '';
    }
    piece += part;
  }
  return [...pieces, piece].map((one) => one.trim()).filter((one) => one !== '');
}

function atSpaces(sentence: string): string[] {
  const parts: string[] = [];
  let rest = sentence;
  while (rest.length > longest) {
    const space = rest.lastIndexOf(' ', longest - 1);
    // Nothing to cut at in all of it: not through a surrogate pair, at least.
    const end = space > 0 ? space + 1 : longest - (/[\uD800-\uDBFF]/.test(rest[longest - 1]) ? 1 : 0);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}
