import { Parser } from 'htmlparser2';

/** A question of a page, and what stands below it. */
export interface PageQuestion {
  readonly question: string;
  /** Markdown. */
  readonly answer: string;
  /** Id within the page: that of its heading, or its number. */
  readonly anchor: string;
}

export interface Page {
  readonly title: string;
  readonly language: string;
  readonly questions: readonly PageQuestion[];
}

/** What is on a page, but not part of its text. */
const skipped = new Set(
  'script style noscript template svg math nav aside footer form button select iframe object'.split(' '),
);
const headings = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'dt', 'summary']);
const blocks = new Set('p div section article main header ul ol dl dd figure figcaption table tr details'.split(' '));
const marks: Readonly<Record<string, string>> = { strong: '**', b: '**', em: '_', i: '_', s: '~~', del: '~~' };

/** Most elements inside each other that are kept track of; a page with more is made to harm. */
const deepest = 500;

interface Section {
  heading: string;
  anchor: string;
  body: string;
}

/**
 * Splits an HTML page (of a blog, of frequently asked questions) into questions and answers: every heading, term of a
 * list and summary is a question, what follows it up to the next one its answer, as Markdown. A heading with nothing
 * below it only groups those after it. A page without such headings is one question: its title.
 */
export function splitPage(html: string): Page {
  const sections: Section[] = [];
  let lead = '';
  let title = '';
  let language = '';
  /** What is being written: the text of a heading, of the title, or of the answer. */
  let target: 'title' | 'heading' | 'body' = 'body';
  let section: Section | undefined;
  let skipping = 0;
  let depth = 0;
  let preformatted = 0;
  const lists: { ordered: boolean; items: number }[] = [];
  const links: string[] = [];

  const write = (text: string) => {
    if (target === 'title') title += text;
    else if (target === 'heading') section!.heading += text;
    else if (section) section.body += text;
    else lead += text;
  };
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        depth += 1;
        if (skipping > 0 || skipped.has(name) || depth > deepest) return void (skipping += 1);
        if (name === 'html') language = attributes.lang ?? '';
        if (name === 'title') target = 'title';
        else if (headings.has(name)) {
          section = { heading: '', anchor: attributes.id ?? '', body: '' };
          sections.push(section);
          target = 'heading';
        } else if (target !== 'body') return;
        else if (name === 'pre') {
          preformatted += 1;
          write('\n\n```\n');
        } else if (name === 'code') {
          if (preformatted === 0) write('`');
        } else if (name in marks) write(marks[name]);
        else if (name === 'a') {
          links.push(/^(https?:|mailto:)/i.test(attributes.href ?? '') ? attributes.href : '');
          if (links.at(-1) !== '') write('[');
        } else if (name === 'img') {
          if (/^https?:/i.test(attributes.src ?? '')) write(`![${attributes.alt ?? ''}](${attributes.src})`);
        } else if (name === 'br') write('  \n');
        else if (name === 'hr') write('\n\n---\n\n');
        else if (name === 'blockquote') write('\n\n> ');
        else if (name === 'li') {
          const list = lists.at(-1);
          if (list) list.items += 1;
          const mark = list?.ordered ? `${list.items}. ` : '- ';
          write(`\n${'  '.repeat(Math.max(0, lists.length - 1))}${mark}`);
        } else if (blocks.has(name)) {
          if (name === 'ul' || name === 'ol') lists.push({ ordered: name === 'ol', items: 0 });
          write(lists.length > 1 ? '' : '\n\n');
        }
      },
      ontext(text) {
        if (skipping > 0) return;
        write(preformatted > 0 && target === 'body' ? text : text.replace(/\s+/g, ' '));
      },
      onclosetag(name) {
        depth -= 1;
        if (skipping > 0) return void (skipping -= 1);
        if (name === 'title' || headings.has(name)) target = 'body';
        else if (target !== 'body') return;
        else if (name === 'pre') {
          preformatted = Math.max(0, preformatted - 1);
          write('\n```\n\n');
        } else if (name === 'code') {
          if (preformatted === 0) write('`');
        } else if (name in marks) write(marks[name]);
        else if (name === 'a') {
          const href = links.pop();
          if (href) write(`](${href})`);
        } else if (name === 'ul' || name === 'ol') {
          lists.pop();
          if (lists.length === 0) write('\n\n');
        } else if (name === 'td' || name === 'th') write(' ');
        else if (blocks.has(name) && lists.length === 0) write('\n\n');
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);

  const kept = sections
    .map(({ heading, anchor, body }, index) => ({
      question: heading.replace(/\s+/g, ' ').trim(),
      answer: tidy(body),
      anchor: anchor || String(index + 1),
    }))
    .filter(({ question, answer }) => question !== '' && answer !== '');
  const name = title.replace(/\s+/g, ' ').trim();
  const whole = tidy(lead);
  if (kept.length === 0 && name !== '' && whole !== '') kept.push({ question: name, answer: whole, anchor: '1' });
  return { title: name, language, questions: kept };
}

/** At most one blank line between paragraphs, none at the ends, and no spaces at the ends of lines but for breaks. */
function tidy(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) =>
      line.trim() === '' ? '' : line.endsWith('  ') && line.trim() !== '' ? `${line.trimEnd()}  ` : line.trimEnd(),
    )
    .map((line) => line.replace(/^ (?=\S)/, ''))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
