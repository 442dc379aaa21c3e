import { inferenceV1, knowledgeV1 } from '@cairn/contracts';
import { contentState, importOutcome, saidBy, topicState, verdict } from './content.js';
import { suggestionState } from './discovery.js';
import { priority, truncation } from './encode-options.js';
import { jobState } from './jobs.js';
import { modelState } from './models.js';
import { headState } from './training.js';
import { dateOrAbsent, enumTable, given, numberOrAbsent, textOrAbsent } from './values.js';

describe('enums', () => {
  const tables: [string, Record<string, string>, { fromProto(value: never): string; toProto(value: never): string }][] =
    [
      ['ContentState', knowledgeV1.ContentState, contentState],
      ['SaidBy', knowledgeV1.SaidBy, saidBy],
      ['Verdict', knowledgeV1.Verdict, verdict],
      ['TopicState', knowledgeV1.TopicState, topicState],
      ['ImportOutcome', knowledgeV1.ImportOutcome, importOutcome],
      ['SuggestionState', knowledgeV1.SuggestionState, suggestionState],
      ['HeadState', knowledgeV1.HeadState, headState],
      ['JobState', knowledgeV1.JobState, jobState],
      ['ModelState', inferenceV1.ModelState, modelState],
      ['Truncate', inferenceV1.Truncate, truncation],
      ['Priority', inferenceV1.Priority, priority],
    ];

  it.each(tables)('maps every value of %s there and back', (_name, values, table) => {
    for (const value of Object.values(values)) {
      if (value.endsWith('_UNSPECIFIED')) expect(() => table.fromProto(value as never)).toThrow(value);
      else expect(table.toProto(table.fromProto(value as never) as never)).toBe(value);
    }
  });

  it('names the value it does not know', () => {
    expect(() => enumTable({ A: 'ENUM_A' }).fromProto('ENUM_B' as 'ENUM_A')).toThrow('ENUM_B');
  });
});

describe('defaults of protobuf', () => {
  it('become absences', () => {
    expect([textOrAbsent(''), dateOrAbsent(0), numberOrAbsent(0), given(null)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([textOrAbsent('a'), dateOrAbsent(1), numberOrAbsent(2), given(false)]).toEqual(['a', new Date(1), 2, false]);
  });
});
