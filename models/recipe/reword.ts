/** Questions made of headings and words: what people ask is put in many ways, and corpora have few of them. */
import type { Random } from '@cairn/numerics';
import type { PairSource, TextPair } from './read-corpus.js';

/** An instruction and the same instruction as a question mean the same. */
const carriers = [
  ...['how do i {}', 'how can i {}', 'how to {}', 'can you tell me how to {}', 'what is the way to {}', 'i want to {}'],
  ...['i need to {}', 'please {}', 'can i {}', 'could you {}', 'help me {}', 'i would like to {}', 'where can i {}'],
  ...['is it possible to {}', 'can you help me {}', 'what should i do to {}', "i'm trying to {}", 'i need help to {}'],
  ...["what's the best way to {}", 'how would i {}', '{}', 'how does one {}', 'steps to {}', 'i do not know how to {}'],
];
const definitions = [
  ...[
    'what is {}',
    'what is {}?',
    'what does {} mean',
    'define {}',
    'meaning of {}',
    'explain {}',
    'can you explain {}',
  ],
  ...['what do you mean by {}', 'definition of {}', "what's {}", 'i want to know what {} is', 'tell me about {}', '{}'],
];
const verbs =
  'Add|Create|Set|Get|Change|Remove|Delete|Install|Update|Use|Configure|Enable|Disable|Open|Close|Find|Search|Send|Show|List|' +
  'Display|Print|Start|Stop|Run|Make|Check|Convert|Copy|Move|Download|Upload|Connect|Register|Post|Pay|Transfer|Cancel|Apply|' +
  'Assign|View|Edit|Import|Export|Build|Write|Read|Select|Sign|Log|Test|Turn|Manage|Reset|Restore|Record|Track|Share|Specify|' +
  'Define|Compare|Generate|Execute|Call|Pick|Choose|Filter|Sort|Merge|Learn|Train|Load|Save|Compute|Draw|Plot|Replace|Extract';
const instruction = new RegExp(`^(${verbs})\\b[ a-zA-Z]+`);

export function reworded(sources: readonly PairSource[], random: Random): TextPair[] {
  const made: TextPair[] = [];
  const pick = (templates: readonly string[], text: string) =>
    templates[random.below(templates.length)].replace('{}', text);
  const mark = (text: string) => (random.uniform() < 0.5 && !text.endsWith('?') ? `${text}?` : text);
  for (const { name, pairs } of sources)
    for (const { anchor, positive } of pairs) {
      const heading = anchor.split(': ').at(-1)!;
      const words = heading.split(' ').length;
      if (instruction.test(heading) && words >= 2 && words <= 12) {
        const told = heading[0].toLowerCase() + heading.slice(1).replace(/[.:]+$/, '');
        const question = mark(pick(carriers, told));
        const other = random.uniform() < 0.4 ? positive : pick(carriers, told);
        if (question !== other) made.push({ anchor: question, positive: other });
      } else if (name === 'p:wordnet' && words <= 3 && random.uniform() < 0.15)
        made.push({ anchor: mark(pick(definitions, heading)), positive });
    }
  return made;
}
