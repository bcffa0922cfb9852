import { renderToStaticMarkup } from 'react-dom/server';
import { beforeAll, describe, expect, test, vi } from 'vitest';

vi.mock('../../src/i18n', () => ({ useWords: () => ({ t: (key: string) => key }) }));
vi.mock('../../src/store/channels', () => ({ openNamed: vi.fn(), openPerson: vi.fn() }));
vi.mock('../../src/store/notify', () => ({ tell: vi.fn() }));

let html: (text: string) => string;
let safeAddress: (href: string) => string | undefined;
beforeAll(async () => {
  const room = await import('../../src/chat/markdown');
  html = (text) => renderToStaticMarkup(<room.Markdown text={text} />);
  safeAddress = room.safeAddress;
});

describe('what people write', () => {
  test('never becomes markup of its own', () => {
    for (const text of [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '[x](javascript:alert(1))',
      '[x](JaVaScRiPt:alert(1))',
      '[x](data:text/html,<script>1</script>)',
      '![x](https://example.org/track.png)',
      '<a href="https://example.org" onclick="alert(1)">x</a>',
      '[x](//example.org)',
      '[a]: javascript:alert(1)\n[a]',
    ]) {
      const made = html(text);
      expect(made, text).not.toMatch(/<(script|img|iframe|style)\b/i);
      expect(made, text).not.toMatch(/href="(?!https?:|mailto:|tel:|\/[^/])/i);
      expect(made, text).not.toMatch(/<[^>]*\son\w+=/i);
    }
  });
  test('is followed only where it is harmless', () => {
    expect(safeAddress('https://example.org')).toBe('https://example.org');
    expect(safeAddress('mailto:a@b.c')).toBe('mailto:a@b.c');
    expect(safeAddress('/team/pl/x')).toBe('/team/pl/x');
    for (const bad of ['javascript:x', ' javascript:x', '//evil', '/\\evil', 'vbscript:x', 'file:///etc']) {
      expect(safeAddress(bad), bad).toBeUndefined();
    }
  });
});

describe('Markdown', () => {
  test('knows emphasis, lists, code and tables', () => {
    expect(html('**a** *b* ~~c~~ `d`')).toContain(
      '<strong>a</strong> <em>b</em> <del>c</del> <code>d</code>',
    );
    expect(html('1. x\n2. y')).toContain('<ol start="1"><li>x</li><li>y</li></ol>');
    expect(html('| a | b |\n|---|--:|\n| 1 | 2 |')).toContain('<td data-align="right">2</td>');
    expect(html('- [x] done')).toContain('type="checkbox"');
    expect(html('```sql\nselect 1\n```')).toContain('select 1');
  });
  test('keeps single line breaks', () => {
    expect(html('a\nb')).toContain('a<br/>b');
  });
  test('finds people, channels, tags and emoji, but not inside words', () => {
    expect(html('hi @ada.')).toContain('>@ada</button>.');
    expect(html('see ~network-022')).toContain('~network-022</button>');
    expect(html(':tada:')).toContain('🎉');
    expect(html('mail a@example.org now')).not.toContain('class="mention"');
    expect(html('10:30:45')).not.toContain('emoji');
    expect(html('@channel look')).toContain('mention me');
  });
  test('does not choke on what is too long or too deep', () => {
    const started = Date.now();
    html('> '.repeat(2000) + 'x');
    html('*'.repeat(20_000));
    html('['.repeat(20_000));
    html('x'.repeat(200_000));
    expect(Date.now() - started).toBeLessThan(100_000);
  });
});

describe('words that were found', () => {
  test('are marked in text, whatever is in them, and nowhere else', async () => {
    const { Markdown } = await import('../../src/chat/markdown');
    const { FoundWords } = await import('../../src/chat/found');
    const shown = (text: string, words: string[]) =>
      renderToStaticMarkup(
        <FoundWords value={words}>
          <Markdown text={text} />
        </FoundWords>,
      );
    expect(shown('a Größe **größer** `größe`', ['größe'])).toContain(
      'a <mark>Größe</mark> <strong><mark>größe</mark>r</strong> <code>größe</code>',
    );
    expect(shown('1+1 (two)', ['1+1', '(two)'])).toContain('<mark>1+1</mark> <mark>(two)</mark>');
    expect(shown('x <b>', ['<b>', ''])).not.toContain('<b>');
    expect(shown('nothing', [])).not.toContain('<mark>');
  });
});
