import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, test, vi } from 'vitest';

vi.mock('../../src/i18n', () => ({ useWords: () => ({ t: (key: string) => key }) }));
vi.mock('../../src/store/channels', () => ({ openNamed: vi.fn(), openPerson: vi.fn() }));
vi.mock('../../src/store/notify', () => ({ tell: vi.fn() }));

const { formula } = await import('../../src/chat/mathematics');
const { tokensOf } = await import('../../src/chat/markdown');
const { set } = await import('../../src/store/state');

const html = (text: string, isBlock = true) => renderToStaticMarkup(<>{formula(text, isBlock)}</>);

describe('a formula', () => {
  test('becomes MathML', () => {
    expect(html('\\frac{a}{b} + \\sqrt{x^2}')).toMatch(/^<math[^>]*display="block"/);
    expect(html('\\frac{a}{b}')).toContain('<mfrac>');
    expect(html('\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}')).toContain('<mtable');
    expect(html('x', false)).not.toContain('display="block"');
  });
  test('leads nowhere and brings nothing along', () => {
    for (const text of [
      '\\href{javascript:alert(1)}{x}',
      '\\url{https://example.org}',
      '\\includegraphics{https://example.org/a.png}',
      '\\htmlId{a}{x}',
      '\\class{dialog}{x}',
      '\\style{position:fixed}{x}',
      '\\data{a=b}{x}',
      '\\color{url(https://example.org)} x',
      '<script>alert(1)</script>',
      '\\text{<img src=x onerror=alert(1)>}',
    ]) {
      const made = html(text);
      expect(made, text).not.toMatch(/<(a|img|script|svg|style|span|annotation)\b/i);
      expect(made, text).not.toMatch(/<[^>]*\s(href|src|id|class|on\w+)=/i);
      expect(made, text).not.toMatch(/<[^>]*(url\(|position)/i);
    }
  });
  test('stays text when it is none or defines macros', () => {
    for (const text of [
      '\\frac{a',
      '\\nosuchcommand',
      '}',
      '\\def\\a{b}\\a',
      '\\newcommand{\\a}{b}\\a',
      '\\gdef\\x{y}',
    ])
      expect(formula(text, true), text).toBeUndefined();
    expect(html('\\left( \\longrightarrow \\leq \\defeq')).toBe('');
    expect(html('a \\leq b \\longrightarrow c')).toContain('<mo');
  });
  test('that is hostile costs little', () => {
    const hostile = [
      'x'.repeat(64 * 1024),
      '{'.repeat(2000) + 'x' + '}'.repeat(1999),
      '\\sqrt{'.repeat(600) + 'x' + '}'.repeat(600),
      '\\frac{1}{'.repeat(400) + 'x' + '}'.repeat(400),
      'x^{'.repeat(1000) + 'y' + '}'.repeat(1000),
      '\\begin{matrix}' + '&'.repeat(3900) + '\\end{matrix}',
      '\\left('.repeat(500),
      '\\text{'.repeat(600),
      '\\rule{99999em}{99999em}',
    ];
    for (const text of hostile) {
      const began = performance.now();
      formula(text, true);
      expect(performance.now() - began, text.slice(0, 40)).toBeLessThan(3000);
    }
    expect(html('\\rule{99999em}{99999em}')).not.toContain('99999');
  });
});

describe('in a message', () => {
  const kinds = (text: string) => {
    const found: string[] = [];
    const walk = (list: { type: string; text?: string; tokens?: unknown[] }[]) =>
      list.forEach((each) => {
        if (each.type === 'formula') found.push(each.text ?? '');
        if (each.tokens) walk(each.tokens as typeof list);
      });
    walk(tokensOf(text) as Parameters<typeof walk>[0]);
    return found;
  };
  beforeEach(() => set({ config: { EnableLatex: 'true', EnableInlineLatex: 'true' } }));
  test('dollars mark it', () => {
    expect(kinds('$$a_1$$')).toEqual(['a_1']);
    expect(kinds('$$\na\n\n+ b\n$$\nand')).toEqual(['a\n\n+ b']);
    expect(kinds('see $a*b*c$ and $$d$$.')).toEqual(['a*b*c', 'd']);
    expect(kinds('**bold $x$**')).toEqual(['x']);
  });
  test('prices, code and what is escaped are none', () => {
    for (const text of ['$5 and $6', '$ x $', '`$x$`', '```\n$$x$$\n```', '\\$x\\$', '$$$$', '$', '$$', '$x'])
      expect(kinds(text), text).toEqual([]);
  });
  test('only where the node wants it', () => {
    set({ config: { EnableLatex: 'true', EnableInlineLatex: 'false' } });
    expect(kinds('$a$ and $$b$$')).toEqual(['b']);
    set({ config: { EnableLatex: 'false', EnableInlineLatex: 'true' } });
    expect(kinds('$a$ and $$b$$')).toEqual([]);
  });
  test('many are cut, and dollars alone are read quickly', () => {
    expect(kinds('$a$ '.repeat(4000)).length).toBe(200);
    for (const text of [
      '$'.repeat(65_000),
      '$ '.repeat(32_000),
      '$$x '.repeat(16_000),
      `$$${'\\'.repeat(65_000)}`,
    ]) {
      const began = performance.now();
      kinds(text);
      expect(performance.now() - began, text.slice(0, 10)).toBeLessThan(8000);
    }
  });
});
