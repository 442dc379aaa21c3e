import { registerEnumType } from '@nestjs/graphql';

export enum ContentState {
  INCOMING = 'INCOMING',
  DRAFT = 'DRAFT',
  REVIEW = 'REVIEW',
  PUBLISHED = 'PUBLISHED',
  ARCHIVED = 'ARCHIVED',
}

registerEnumType(ContentState, {
  name: 'ContentState',
  description: 'The life of questions and answers.',
  valuesMap: {
    INCOMING: { description: 'A question somebody asked; only the team sees it.' },
    DRAFT: { description: 'Being written; only the team sees it.' },
    REVIEW: { description: 'A draft that waits for somebody else to look at it; only the team sees it.' },
    PUBLISHED: { description: 'Everybody sees it.' },
    ARCHIVED: { description: 'Out of use; only the team sees it.' },
  },
});
