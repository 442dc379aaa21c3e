import type { CallOptions, Draft, knowledgeV1, KnowledgeClients } from '@cairn/contracts';
import { SharedCall } from './shared-call.js';

type ListRequest = Draft<knowledgeV1.ListQuestionsRequest>;

/** How an operation reads questions. */
export interface QuestionReads {
  /** Those of the ids that the caller may see; maybe others, too. */
  byIds(ids: readonly string[], options: CallOptions): Promise<readonly knowledgeV1.Question[]>;
  /** Not to be changed: others may hold the same. */
  list(request: ListRequest, options: CallOptions): Promise<knowledgeV1.ListQuestionsResponse>;
}

/** Each read is a call of its own. */
export const ownReads = ({ content }: KnowledgeClients): QuestionReads => ({
  byIds: async (ids, options) => (await content.getQuestions({ ids: [...ids] }, options)).questions,
  list: (request, options) => content.listQuestions(request, options),
});

/** What knowledge takes in one call. */
const mostIds = 500;

/**
 * Reads of callers without a key, who all see the same of a space: what several of them want at the same time is read
 * once. Many readers of one page, or of many questions, then cost knowledge and the database few calls more than one.
 */
export class SharedReads {
  private readonly spaces = new Map<string, QuestionReads>();

  constructor(private readonly knowledge: KnowledgeClients) {}

  /** @param space its id; undefined: the default one */
  of(space: string | undefined): QuestionReads {
    const key = space ?? '';
    let reads = this.spaces.get(key);
    if (reads === undefined) this.spaces.set(key, (reads = this.ofOneSpace()));
    return reads;
  }

  private ofOneSpace(): QuestionReads {
    const own = ownReads(this.knowledge);
    const byIds = new SharedCall<string, readonly knowledgeV1.Question[]>(
      (ids, options) => own.byIds(ids, options),
      mostIds,
    );
    const lists = new Map<string, SharedCall<never, knowledgeV1.ListQuestionsResponse>>();
    return {
      byIds: (ids, options) => byIds.join(ids, options),
      list: (request, options) => {
        const key = JSON.stringify(request);
        let shared = lists.get(key);
        if (shared === undefined)
          lists.set(key, (shared = new SharedCall((_, together) => own.list(request, together))));
        const call = shared;
        return call.join([], options).finally(() => {
          if (call.idle && lists.get(key) === call) lists.delete(key);
        });
      },
    };
  }
}
