import { knowledgeV1, type InferenceClient } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { callerOf } from '../access/caller.js';
import { contentStateOf } from '../content/content-messages.js';
import { INFERENCE } from '../injection-tokens.js';
import { Database } from '../persistence/database.js';
import { askQuestion } from './ask-question.js';
import { searchQuestions } from './search-questions.js';

@Controller()
@knowledgeV1.SearchServiceControllerMethods()
export class SearchController implements knowledgeV1.SearchServiceController {
  constructor(
    private readonly database: Database,
    @Inject(INFERENCE) private readonly inference: InferenceClient,
  ) {}

  async search(request: knowledgeV1.SearchRequest, metadata?: Metadata): Promise<knowledgeV1.SearchResponse> {
    const { text, first, after, withFacets, topicId, tags, createdFromMs, createdBeforeMs, language } = request;
    const states = (request.states ?? []).flatMap((state) => contentStateOf(state) ?? []);
    const filter = { topicId, states, tags: tags ?? [], createdFromMs, createdBeforeMs, language };
    const search = { text, first, after, withFacets, filter };
    const result = await searchQuestions(this.database, this.inference, callerOf(metadata), search);
    return { ...result, hits: [...result.hits], corrections: [...result.corrections], facets: [...result.facets] };
  }

  async ask(request: knowledgeV1.AskRequest, metadata?: Metadata): Promise<knowledgeV1.AskResponse> {
    const asked = await askQuestion(this.database, this.inference, callerOf(metadata), request);
    return {
      answers: asked.answers,
      similar: asked.similar.map((hit) => ({ ...hit, cursor: '' })),
      unknown: asked.verdict?.unknown ?? false,
      topicId: asked.verdict?.topicId ?? '',
      confidence: asked.verdict?.confidence ?? 0,
      headId: asked.verdict?.headId ?? '',
      questionId: asked.questionId ?? '',
      detector: asked.verdict?.detector ?? '',
      score: asked.verdict?.score ?? 0,
      threshold: asked.verdict?.threshold ?? 0,
      nearest: asked.verdict?.nearest,
    };
  }
}
