import { nameClusters } from './name-cluster.js';
import { TermCounts } from './terms.js';

function countsOf(texts: string[]): TermCounts {
  const counts = new TermCounts();
  texts.forEach((text) => counts.add(text));
  return counts;
}

const cloud = countsOf([
  'How do I add an SSH key with Terraform?',
  'terraform user data: create a user and an SSH key',
  'Can Terraform create users on my cloud machine?',
  'SSH keys for a new user with terraform',
]);
const screen = countsOf([
  'record my screen with sound',
  'How do I record a screencast with OBS?',
  "what's the best screencast software on linux",
  'screen recording without sound, OBS or something else?',
]);
const gpt = countsOf(['What is GPT-3?', 'is gpt-3 dangerous', 'GPT-3 concerns and GPT-3 bias']);
const optics = countsOf(['How does gradient descent use the learning rate?', 'learning rate too high, create new one']);

describe('nameClusters', () => {
  const names = nameClusters([cloud, screen, gpt], [optics]);

  it('makes titles of what only this cluster says', () => {
    expect(names.map(({ title }) => title)).toEqual(['Terraform, User', 'OBS, Record', 'GPT-3']);
  });

  it('joins plurals, keeps names whole and leaves out stop words', () => {
    expect(names[0].keywords).toEqual(['terraform', 'user', 'SSH key', 'create']);
    expect(names[2].keywords).toEqual(['GPT-3']);
  });

  it('says no word twice in a title', () => {
    const counts = countsOf(['card payment fee', 'card payment fee', 'payment fee card', 'card fee']);
    const words = nameClusters([counts], [])[0].title.toLowerCase().split(/[ ,]+/);
    expect(new Set(words).size).toBe(words.length);
  });

  it('weighs a word less when known topics use it too', () => {
    const cluster = countsOf(['reset password', 'reset password', 'reset password now']);
    const topic = countsOf(['password rules', 'password length', 'password manager', 'password policy']);
    expect(nameClusters([cluster], [topic])[0].title).toBe('Reset Password');
    const [{ keywords }] = nameClusters([countsOf(['reset', 'reset', 'password', 'password'])], [topic]);
    expect(keywords).toEqual(['reset', 'password']);
  });

  it('says a term as the phrase that it mostly stands in, small words included', () => {
    const counts = countsOf([
      'Can I top up by card?',
      'why was I charged to top up by card',
      'top up by card failed',
      'Top up by card: is there a fee?',
      'is there a limit to top-ups',
    ]);
    const [{ title, keywords }] = nameClusters([counts], []);
    expect(title).toBe('Top up by Card');
    expect(keywords[0]).toBe('top up by card');
    // Said once, a phrase is nobody's name; nor one that few of those who use its words say.
    const scattered = countsOf([
      'lost my card',
      'card was stolen',
      'card eaten by a machine',
      'my card is gone',
      'card',
    ]);
    expect(nameClusters([scattered], [])[0].keywords[0]).toBe('card');
  });

  it('joins plurals in phrases, too, and spans no punctuation', () => {
    const counts = countsOf([
      'transfer fee for a card payment',
      'transfer fees for card payments',
      'transfer fees, card payments',
      'what is the transfer fee of card payments',
    ]);
    const words = nameClusters([counts], [])[0].keywords.join('; ');
    expect(words).toContain('transfer fee');
    expect(words).toContain('card payment');
  });

  it('forgets rare phrases rather than grow without bound', () => {
    const counts = new TermCounts();
    for (let i = 0; i < 60_000; i++) counts.add(`word${i} other${i} third${i} and common phrase here`);
    expect(counts.phrases.size).toBeLessThanOrEqual(100_000);
    expect(counts.phrases.get('common phrase')).toBe(60_000);
  });

  it('names texts of any script, of one word, and of none', () => {
    expect(
      nameClusters([countsOf(['Можно сбросить пароль?', 'сбросить пароль', 'Сбросить пароль'])], [])[0].title,
    ).toBe('Сбросить Пароль');
    expect(nameClusters([countsOf(['what is it?', 'how?'])], [])[0].title).toBe('Cluster 1');
    expect(nameClusters([countsOf(['alpha', 'beta', 'gamma'])], [])[0].title).toBe('Alpha, Beta');
  });
});
