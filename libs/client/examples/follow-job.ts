/** Starts a job and follows it to its end; needs an admin's key in CAIRN_KEY. On Node.js before 22, pass `WebSocket`. */
import { CairnClient } from '@cairn/client';

const cairn = new CairnClient({
  url: process.env.CAIRN_URL ?? 'http://127.0.0.1:4000/graphql',
  key: process.env.CAIRN_KEY,
});

async function main(): Promise<void> {
  const { startEmbedding } = await cairn.mutate({
    startEmbedding: { job: { id: true }, userErrors: { message: true } },
  });
  const id = startEmbedding?.job?.id;
  if (id === undefined) throw new Error(startEmbedding?.userErrors[0]?.message);
  for await (const { jobProgress } of cairn.watch({ jobProgress: { $: { id }, state: true, done: true, total: true } }))
    console.log(jobProgress.state, `${jobProgress.done} of ${jobProgress.total}`);
}

void main();
