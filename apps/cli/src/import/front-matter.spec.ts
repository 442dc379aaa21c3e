import { FrontMatterError, readFrontMatter } from './front-matter.js';

describe('readFrontMatter', () => {
  it('splits a file into fields and body, and leaves further rules in the body', () => {
    const text =
      '\ufeff---\r\nid: starter/a\r\nQuestion: "Why: a colon?"\r\ntags: [a, b]\r\n---\r\n\r\nFirst.\r\n\r\n---\r\nSecond.\r\n';
    expect(readFrontMatter(text)).toEqual({
      fields: { id: 'starter/a', question: 'Why: a colon?', tags: ['a', 'b'] },
      body: 'First.\n\n---\nSecond.',
    });
  });

  it('takes an empty body', () => {
    expect(readFrontMatter('---\nquestion: Why?\n---').body).toBe('');
  });

  it.each([
    ['# Title\n\ntext', 'there is no front matter'],
    ['---\nquestion: Why?\n', 'does not end'],
    ['---\n- a\n- b\n---\n', 'must be lines like'],
    ['---\n---\n', 'must be lines like'],
    ['---\nquestion: [open\n---\n', 'is not YAML'],
    ['---\na: &x [1,1]\nb: [*x,*x,*x,*x,*x,*x,*x,*x,*x,*x,*x]\nc: *missing\n---\n', 'is not YAML'],
  ])('refuses %j', (text, message) => {
    expect(() => readFrontMatter(text)).toThrow(FrontMatterError);
    expect(() => readFrontMatter(text)).toThrow(message);
  });
});
