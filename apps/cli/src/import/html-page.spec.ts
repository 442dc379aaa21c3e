import fc from 'fast-check';
import { splitPage } from './html-page.js';

const page = (body: string, head = '<title>A blog</title>') =>
  `<!doctype html><html lang="en"><head>${head}</head><body>${body}</body></html>`;

describe('splitPage', () => {
  it('makes a question of every heading with something below it', () => {
    const { title, language, questions } = splitPage(
      page(`
        <nav><h2>Menu</h2><p>Home</p></nav>
        <h1>Everything about cards</h1>
        <h2 id="when">When does my card <em>arrive</em>?</h2>
        <p>Within <strong>five</strong> days. See <a href="https://example.com/post">the post</a>.</p>
        <ul><li>by letter</li><li>never <code>by mail</code></li></ul>
        <script>alert(1)</script>
        <h2>And then?</h2>
        <p>Use&nbsp;it &amp; enjoy.</p><pre><code>a  &lt; b
c</code></pre>`),
    );
    expect({ title, language }).toEqual({ title: 'A blog', language: 'en' });
    expect(questions).toEqual([
      {
        question: 'When does my card arrive?',
        anchor: 'when',
        answer: 'Within **five** days. See [the post](https://example.com/post).\n\n- by letter\n- never `by mail`',
      },
      { question: 'And then?', anchor: '3', answer: 'Use it & enjoy.\n\n```\na  < b\nc\n```' },
    ]);
  });

  it('reads lists of terms and summaries', () => {
    const { questions } = splitPage(
      page(`<dl><dt>What?</dt><dd>This.</dd><dt>Why?</dt><dd>Because.</dd></dl>
            <details><summary>How?</summary><p>So.</p></details>`),
    );
    expect(questions.map(({ question, answer }) => [question, answer])).toEqual([
      ['What?', 'This.'],
      ['Why?', 'Because.'],
      ['How?', 'So.'],
    ]);
  });

  it('takes a page without headings as one question, and an empty one as none', () => {
    expect(splitPage(page('<p>Only text.</p>')).questions).toEqual([
      { question: 'A blog', answer: 'Only text.', anchor: '1' },
    ]);
    expect(splitPage(page('')).questions).toEqual([]);
    expect(splitPage('').questions).toEqual([]);
  });

  it('leaves out what could run, whatever the page', () => {
    const { questions } = splitPage(
      page(`<h2>Q</h2><p><a href="javascript:alert(1)">x</a><img src="data:x" onerror="alert(1)">y</p>
            <style>p{}</style><iframe src="https://e.com">z</iframe>`),
    );
    expect(questions).toEqual([{ question: 'Q', answer: 'xy', anchor: '1' }]);
  });

  it('comes to an end with any text, cut anywhere', () => {
    const whole = page('<h2>Q</h2><p>A <b>c</b></p><pre>x</pre><ul><li>y</li></ul>');
    for (let end = 0; end <= whole.length; end++) splitPage(whole.slice(0, end));
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('<h2>', '</h2>', '<p>', '<ul>', '<li>', '</ul>', '<pre>', 'a', '<', '&', '<!--', '"'),
          {
            maxLength: 80,
          },
        ),
        (pieces) => {
          for (const { question, answer } of splitPage(pieces.join('')).questions)
            expect([question.trim(), answer.trim()]).toEqual([question, answer]);
        },
      ),
    );
    expect(splitPage('<div>'.repeat(100_000)).questions).toEqual([]);
  });
});
