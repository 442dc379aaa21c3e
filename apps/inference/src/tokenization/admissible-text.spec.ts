import { admitText, maxTextLength } from './admissible-text.js';

describe('admitText', () => {
  it('takes text as it is, astral characters included', () => {
    expect(admitText('Where is my card? \u{1F600} 漢字')).toEqual({ text: 'Where is my card? \u{1F600} 漢字' });
  });

  it('replaces lone surrogates, and only these', () => {
    expect(admitText('a\ud800b\udc00c\u{1F600}')).toEqual({ text: 'a\ufffdb\ufffdc\u{1F600}' });
  });

  it.each(['', '   ', '\n\t'])('refuses the empty text %j', (given) => {
    expect(admitText(given)).toEqual({ fault: 'The text is empty.' });
  });

  it('refuses what is too long, and takes what just fits', () => {
    expect(admitText('x'.repeat(maxTextLength))).toHaveProperty('text');
    expect(admitText('x'.repeat(maxTextLength + 1))).toEqual({ fault: expect.stringContaining('32769') as string });
  });

  it.each([undefined, null, 7, {}])('refuses %p, which is no string', (given) => {
    expect(admitText(given)).toEqual({ fault: 'The text is not a string.' });
  });
});
