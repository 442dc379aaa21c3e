import type { knowledgeV1 } from '@cairn/contracts';
import type { Answer } from '../schema/answer.js';
import type { Question } from '../schema/question.js';
import type { Topic } from '../schema/topic.js';
import { toAnswer, toTopic } from './content.js';

/** What is sent along with a list of questions. */
export interface SentAlong {
  readonly withAnswers: boolean;
  readonly withTopics: boolean;
}

export const toUncountedTopic = (topic: knowledgeV1.Topic): Topic => ({
  ...toTopic(topic),
  questionCount: undefined,
  labelledCount: undefined,
});

/** The answers of each question, in their order; none for a question that has none. */
export function byQuestion(ids: readonly string[], answers: readonly Answer[]): Map<string, Answer[]> {
  const grouped = new Map<string, Answer[]>(ids.map((id) => [id, []]));
  for (const answer of answers) grouped.get(answer.questionId)?.push(answer);
  return grouped;
}

/**
 * Gives questions the answers and topics that were sent along: their fields are at hand then, without a loader and its
 * promise for each. A topic that was not sent is left to its loader.
 */
export function attach(
  questions: readonly Question[],
  sent: Pick<knowledgeV1.ListQuestionsResponse, 'answers' | 'topics'>,
  { withAnswers, withTopics }: SentAlong,
): void {
  if (withAnswers) {
    const answers = byQuestion(
      questions.map(({ id }) => id),
      sent.answers.map(toAnswer),
    );
    for (const question of questions) question.sentAnswers = answers.get(question.id);
  }
  if (withTopics) {
    const topics = new Map(sent.topics.map((topic) => [topic.id, toUncountedTopic(topic)]));
    for (const { label } of questions) if (label !== undefined) label.sentTopic = topics.get(label.topicId);
  }
}
