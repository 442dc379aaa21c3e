import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { renderMarkdown } from './render-markdown.js';

/** What a browser would find in the HTML: elements with their attributes. */
function elementsOf(html: string): { name: string; attributes: Record<string, string> }[] {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const parser = new Parser({ onopentag: (name, attributes) => void found.push({ name, attributes }) });
  parser.end(html);
  return found;
}

const harmless = new Set(
  'h1 h2 h3 h4 h5 h6 p br hr blockquote pre code em strong s ul ol li table thead tbody tr th td a img'.split(' '),
);

function expectSafe(html: string): void {
  for (const { name, attributes } of elementsOf(html)) {
    expect(harmless).toContain(name);
    for (const [attribute, value] of Object.entries(attributes)) {
      expect(attribute).toMatch(/^(href|src|title|alt|rel|loading|start|class|style)$/);
      if (attribute === 'href') expect(value).toMatch(/^(https?:|mailto:|[^:]*$|[/#?.])/i);
      if (attribute === 'src') expect(value).toMatch(/^(https?:|[^:]*$|[/#?.])/i);
      if (attribute === 'style') expect(value).toMatch(/^text-align:(left|right|center)$/);
      if (attribute === 'class') expect(value).toMatch(/^language-[\w+#.-]+$/);
    }
  }
}

describe('renderMarkdown', () => {
  it('renders what people write', () => {
    expect(renderMarkdown('# Hi\n\nA *b* **c** `d` ~~e~~ [f](https://example.com "t")\n\n- one\n- two\n')).toBe(
      '<h1>Hi</h1>\n<p>A <em>b</em> <strong>c</strong> <code>d</code> <s>e</s> ' +
        '<a href="https://example.com" title="t" rel="nofollow noopener noreferrer">f</a></p>\n' +
        '<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n',
    );
    expect(renderMarkdown('|a|b|\n|:-|-:|\n|1|2|')).toContain('<td style="text-align:right">2</td>');
    expect(renderMarkdown('```ts\nconst a = 1 < 2;\n```')).toBe(
      '<pre><code class="language-ts">const a = 1 &lt; 2;\n</code></pre>\n',
    );
    expect(renderMarkdown('see https://example.com')).toContain('<a href="https://example.com"');
    expect(renderMarkdown('![x](https://example.com/i.png)')).toBe(
      '<p><img src="https://example.com/i.png" alt="x" loading="lazy" /></p>\n',
    );
    expect(renderMarkdown('3. three')).toContain('<ol start="3">');
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<svg/onload=alert(1)>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\tscript:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](javascript&colon;alert(1))',
    '[x](\u0001javascript:alert(1))',
    '[x](vbscript:msgbox(1))',
    '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
    '![x](javascript:alert(1))',
    '![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)',
    '![x" onerror="alert(1)](https://e.com/i.png)',
    '[x](https://e.com" onmouseover="alert(1))',
    '[x](https://e.com "t" onmouseover="alert(1)")',
    '<https://e.com/" onmouseover="alert(1)>',
    '<javascript:alert(1)>',
    '```"><script>alert(1)</script>\nx\n```',
    '```x" onclick="alert(1)\nx\n```',
    '<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<style>@import "https://e.com/x.css"</style>',
    '<form action="https://e.com"><input name=password></form>',
    '<base href="https://e.com/">',
    '<meta http-equiv="refresh" content="0;url=https://e.com">',
    '<a style="position:fixed;inset:0" href="https://e.com">x</a>',
    '<!--><script>alert(1)</script>-->',
    '<![CDATA[<script>alert(1)</script>]]>',
    '&lt;script&gt;alert(1)&lt;/script&gt;',
    '[x]: javascript:alert(1)\n\n[x]',
    '|<script>alert(1)</script>|\n|-|\n|<img src=x onerror=alert(1)>|',
  ])('takes the teeth out of %j', (attack) => expectSafe(renderMarkdown(attack)));

  it('is safe whatever the text', () => {
    const piece = fc.constantFrom(
      ...['<', '>', '"', "'", '[', ']', '(', ')', '!', '`', '\n', ' ', '&', '#', ':', '/', '=', '*', '|', '-', '\0'],
      ...['javascript:', 'data:', 'https://', 'onerror', 'script', 'img', 'a', 'href', 'style', 'svg', '&#x6a;'],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
          fc.string(),
        ),
        (text) => {
          expectSafe(renderMarkdown(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(['[', '*', '`', '<', '> ', '- ', '![](', '|a', '_a ', '&', '~~'])(
    'comes to an end with 100,000 characters of %j',
    (piece) => expectSafe(renderMarkdown(piece.repeat(Math.floor(100_000 / piece.length)))),
    20_000,
  );
});
