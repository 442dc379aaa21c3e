/** Asks a question: `node ask.js "How do I reset my password?"`. */
import { CairnClient } from '@cairn/client';

const [text = 'How do I reset my password?'] = process.argv.slice(2);
const cairn = new CairnClient({ url: process.env.CAIRN_URL ?? 'http://127.0.0.1:4000/graphql' });

async function main(): Promise<void> {
  const { ask } = await cairn.query({
    ask: {
      $: { text, first: 1 },
      unknown: true,
      topic: { title: true },
      answers: { score: true, answer: { body: true } },
    },
  });
  if (ask === null || ask.unknown) console.log('Nobody has said anything about that yet.');
  else console.log(`${ask.topic?.title}: ${ask.answers[0]?.answer.body ?? 'no answer yet'}`);
}

void main();
