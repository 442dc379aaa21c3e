import { checkTransition, type ContentState } from './content-state.js';

const states: ContentState[] = ['incoming', 'draft', 'review', 'published', 'archived'];
// Rows: from; columns: to incoming, draft, review, published, archived.
const allowed: Record<ContentState, [boolean, boolean, boolean, boolean, boolean]> = {
  incoming: [true, true, true, true, true],
  draft: [false, true, true, true, true],
  review: [false, true, true, true, true],
  published: [false, true, false, true, true],
  archived: [false, true, false, false, true],
};

describe('checkTransition', () => {
  const cases = states.flatMap((from) => states.map((to, column) => [from, to, allowed[from][column]] as const));

  it.each(cases)('%s to %s: %s', (from, to, isAllowed) => {
    const change = () => checkTransition('question', from, to);
    if (isAllowed) expect(change).not.toThrow();
    else expect(change).toThrow(expect.objectContaining({ code: 'CONFLICT', details: { field: 'state' } }));
  });

  it('says what would be possible', () => {
    expect(() => checkTransition('answer', 'archived', 'published')).toThrow(
      'This answer is archived; it can become draft, not published.',
    );
  });
});
