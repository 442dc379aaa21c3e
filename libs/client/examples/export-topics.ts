/** Prints every topic, page by page. */
import { allNodes, CairnClient } from '@cairn/client';

const cairn = new CairnClient({ url: process.env.CAIRN_URL ?? 'http://127.0.0.1:4000/graphql' });

async function main(): Promise<void> {
  const topics = allNodes(async (after) => {
    const { topics: page } = await cairn.query({
      topics: {
        $: { first: 100, after },
        nodes: { slug: true, title: true, questionCount: true },
        pageInfo: { hasNextPage: true, endCursor: true },
      },
    });
    return page;
  });
  for await (const { slug, title, questionCount } of topics) console.log(`${slug}\t${title}\t${questionCount}`);
}

void main();
