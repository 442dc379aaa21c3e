import { Inject } from '@nestjs/common';

/** What stands behind the gateway, for injection: KnowledgeClients and InferenceClient of @cairn/contracts. */
export const knowledgeToken = Symbol('knowledge');
export const inferenceToken = Symbol('inference');

export const InjectKnowledge = () => Inject(knowledgeToken);
export const InjectInference = () => Inject(inferenceToken);
