import { knowledgeV1, type InferenceClient } from '@cairn/contracts';
import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject } from '@nestjs/common';
import { callerOf } from '../access/caller.js';
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

  search(request: knowledgeV1.SearchRequest, metadata?: Metadata): Promise<knowledgeV1.SearchResponse> {
    return searchQuestions(this.database, this.inference, callerOf(metadata), request);
  }

  async ask(request: knowledgeV1.AskRequest, metadata?: Metadata): Promise<knowledgeV1.AskResponse> {
    const asked = await askQuestion(this.database, this.inference, callerOf(metadata), request);
    return {
      answers: asked.answers,
      similar: asked.similar,
      unknown: asked.verdict?.unknown ?? false,
      topicId: asked.verdict?.topicId ?? '',
      confidence: asked.verdict?.confidence ?? 0,
      headId: asked.verdict?.headId ?? '',
      questionId: asked.questionId ?? '',
    };
  }
}
