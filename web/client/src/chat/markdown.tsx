// Messages. Markdown becomes tokens and tokens become React elements: nothing that somebody wrote is ever
// handed to the HTML parser.
import { Marked, type Token, type Tokens } from 'marked';
import { Fragment, memo, useEffect, useState, type ReactNode } from 'react';
import { image } from '../api/emoji';
import { useWords } from '../i18n';
import { openNamed, openPerson } from '../store/channels';
import { showSearch } from '../store/search';
import { state, useStore } from '../store/state';
import { useEmoji } from './emoji';
import { Marked as FoundText } from './found';
import { show } from './overlays';
import { report } from './report';

interface FormulaToken extends Tokens.Generic {
  text: string;
  isBlock: boolean;
}
interface Reference extends Tokens.Generic {
  text: string;
}

// A word with a sign in front: @name, ~channel, :emoji:, #tag. Not inside other words.
const reference = (name: string, sign: string, rule: RegExp) => ({
  name,
  level: 'inline' as const,
  start(source: string) {
    const found = new RegExp(`(^|[^\\w${sign}/])${sign}`).exec(source);
    return found ? found.index + found[1].length : undefined;
  },
  tokenizer(source: string) {
    const found = rule.exec(source);
    return found ? { type: name, raw: found[0], text: found[1] } : undefined;
  },
});

const withFormulas = () => state().config.EnableLatex === 'true';
const withInlineFormulas = () => withFormulas() && state().config.EnableInlineLatex === 'true';

const most_formulas = 200; // in one message; the others stay text
let formulas = 0;

const formulaToken = (raw: string, text: string, isBlock: boolean) =>
  ++formulas > most_formulas ? undefined : { type: 'formula', raw, text: text.trim(), isBlock };

// $$…$$, over several lines when it begins one; $…$ within a line, where that is wanted: "$5 and $6" is none.
const double = String.raw`\$\$(?!\$)((?:\\[^]|[^\\])*?)\$\$`;
const single = String.raw`\$(?![\s$])((?:\\.|[^\\$\n])*)(?<=\S)\$(?!\d)`;
const rules = {
  block: new RegExp(`^${double}[ \\t]*(?:\\n+|$)`),
  inline: new RegExp(`^(?:${double}|${single})`),
  inlineDouble: new RegExp(`^${double}`),
  anywhere: new RegExp(`${double}|${single}`),
  anywhereDouble: new RegExp(double),
};

const formulaBlock = {
  name: 'formula',
  level: 'block' as const,
  tokenizer(source: string) {
    const found = withFormulas() ? rules.block.exec(source) : null;
    return found?.[1].trim() ? formulaToken(found[0], found[1], true) : undefined;
  },
};
const formulaInline = {
  name: 'formula',
  level: 'inline' as const,
  // Where one really begins: with every sign of money the text would be read again from there.
  start(source: string) {
    if (!withFormulas()) return undefined;
    return (withInlineFormulas() ? rules.anywhere : rules.anywhereDouble).exec(source)?.index;
  },
  tokenizer(source: string) {
    if (!withFormulas() || !source.startsWith('$')) return undefined;
    const found = (withInlineFormulas() ? rules.inline : rules.inlineDouble).exec(source);
    const text = found?.[1] ?? found?.[2];
    return found && text?.trim() ? formulaToken(found[0], text, found[1] !== undefined) : undefined;
  },
};

const lexer = new Marked({
  gfm: true,
  breaks: true,
  extensions: [
    reference('mention', '@', /^@([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)/i),
    reference('channel', '~', /^~([a-z0-9][a-z0-9_-]*)/),
    reference('emoji', ':', /^:([a-z0-9_+-]{1,64}):/i),
    formulaBlock,
    formulaInline,
    reference('tag', '#', /^#(\p{L}[\p{L}\d_.-]+)/u),
  ],
});

/** Only these are followed; everything else stays text. */
export const safeAddress = (href: string): string | undefined =>
  /^(https?:|mailto:|tel:)/i.test(href) || /^\/(?![/\\])/.test(href) ? href : undefined;

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const plain = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_whole, name: string) => entities[name]);

const longest_formatted = 64 * 1024;
const plainTokens = (text: string): Token[] => [{ type: 'text', raw: text, text } as Tokens.Text];

function formatted(text: string): Token[] {
  formulas = 0;
  try {
    return lexer.lexer(text);
  } catch {
    return plainTokens(text); // nested so deeply that the parser gave up
  }
}

const cache = new Map<string, Token[]>();
export function tokensOf(text: string): Token[] {
  const key = `${Number(withFormulas())}${Number(withInlineFormulas())}${text}`;
  let tokens = cache.get(key);
  if (tokens) return tokens;
  tokens = text.length > longest_formatted ? plainTokens(text) : formatted(text);
  if (cache.size > 3000) cache.clear();
  cache.set(key, tokens);
  return tokens;
}

const everybody = new Set(['all', 'channel', 'here']);
function Mention({ name }: { name: string }) {
  const me = useStore((s) => s.me?.username);
  const group = useStore((s) => s.groups[name.toLowerCase()]);
  const isMine = useStore((s) => group !== undefined && s.myGroups[group.id] === true);
  const isMe = name.toLowerCase() === me || isMine;
  if (everybody.has(name)) return <span className="mention me">@{name}</span>;
  const open = () => (group ? show({ kind: 'group', id: group.id }) : report(openPerson(name.toLowerCase())));
  return (
    <button className={`mention${isMe ? ' me' : ''}`} onClick={open}>
      @{name}
    </button>
  );
}

function ChannelLink({ name }: { name: string }) {
  const label = useStore(
    (s) =>
      Object.values(s.channels).find((each) => each.name === name && each.team_id === s.teamId)?.display_name,
  );
  return (
    <button className="channel" onClick={() => report(openNamed(name))}>
      ~{label ?? name}
    </button>
  );
}

export function Glyph({ name }: { name: string }) {
  const { glyph, custom } = useEmoji(name);
  const [isBroken, setBroken] = useState(false);
  const words = name.replaceAll('_', ' ');
  if (!glyph && custom && !isBroken)
    return (
      <img
        className="emoji"
        src={image(custom.id)}
        alt={words}
        title={`:${name}:`}
        draggable={false}
        onError={() => setBroken(true)}
      />
    );
  if (!glyph) return <>:{name}:</>;
  return (
    <span role="img" aria-label={words} className="emoji">
      {glyph}
    </span>
  );
}

function Table({ token, depth }: { token: Tokens.Table; depth: number }) {
  const { t } = useWords();
  const row = (cells: Tokens.TableCell[], Cell: 'th' | 'td') =>
    cells.map((cell, at) => (
      <Cell key={at} data-align={token.align[at] ?? undefined}>
        {draw(cell.tokens, depth + 1)}
      </Cell>
    ));
  return (
    <div className="table" tabIndex={0} role="region" aria-label={t('post.table')}>
      <table>
        <thead>
          <tr>{row(token.header, 'th')}</tr>
        </thead>
        <tbody>
          {token.rows.map((cells, at) => (
            <tr key={at}>{row(cells, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function List({ token, depth }: { token: Tokens.List; depth: number }) {
  const Tag = token.ordered ? 'ol' : 'ul';
  const isTasks = token.items.some((item) => item.task);
  return (
    <Tag start={Number(token.start) || undefined} className={isTasks ? 'tasks' : undefined}>
      {token.items.map((item, at) => (
        <li key={at}>
          {item.task && (
            <input type="checkbox" checked={!!item.checked} readOnly tabIndex={-1} aria-label={item.text} />
          )}
          {draw(item.tokens, depth + 1)}
        </li>
      ))}
    </Tag>
  );
}

const aliases: Record<string, string> = {
  js: 'typescript',
  ts: 'typescript',
  javascript: 'typescript',
  sh: 'bash',
  html: 'xml',
  yml: 'yaml',
  py: 'python',
  c: 'cpp',
  'c++': 'cpp',
  toml: 'ini',
};
let colours: Promise<typeof import('./highlight')> | undefined;

function Code({ language, text }: { language: string; text: string }) {
  const { t } = useWords();
  const [painted, setPainted] = useState<ReactNode>();
  useEffect(() => {
    if (!language || text.length > 20_000) return;
    let isShown = true;
    colours ??= import('./highlight');
    // Without the colours the code is still legible.
    void colours
      .then((module) => isShown && setPainted(module.paint(aliases[language] ?? language, text)))
      .catch(() => undefined);
    return () => {
      isShown = false;
    };
  }, [language, text]);
  return (
    <figure className="code">
      <figcaption>
        {language}
        <button onClick={() => report(navigator.clipboard.writeText(text))}>{t('post.copyCode')}</button>
      </figcaption>
      <pre tabIndex={0} role="region" aria-label={t('post.codeIn', { language })}>
        <code>{painted ?? text}</code>
      </pre>
    </figure>
  );
}

let mathematics: Promise<typeof import('./mathematics')> | undefined;

/** `text` drawn as a formula; `children`, which say the same in letters, until then and when it cannot be. */
function Formula({ text, isBlock, children }: { text: string; isBlock: boolean; children: ReactNode }) {
  const [drawn, setDrawn] = useState<ReactNode>();
  useEffect(() => {
    let isShown = true;
    mathematics ??= import('./mathematics');
    void mathematics
      .then((module) => isShown && setDrawn(module.formula(text, isBlock)))
      .catch(() => (mathematics = undefined)); // not to be had now: the letters stay
    return () => {
      isShown = false;
    };
  }, [text, isBlock]);
  if (!drawn) return <>{children}</>;
  if (!isBlock) return <span className="formula">{drawn}</span>;
  return (
    <span className="formula block" tabIndex={0} role="group" aria-label={text}>
      {drawn}
    </span>
  );
}

function Link({ token, depth }: { token: Tokens.Link; depth: number }) {
  const address = safeAddress(token.href);
  if (!address) return <>{token.raw}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {draw(token.tokens, depth + 1)}
    </a>
  );
}

function one(token: Token, depth: number): ReactNode {
  const inner = () => draw((token as Tokens.Generic).tokens, depth + 1);
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'paragraph':
      return <p>{inner()}</p>;
    case 'heading':
      return <p className={`heading d${Math.min(4, (token as Tokens.Heading).depth)}`}>{inner()}</p>;
    case 'blockquote':
      return <blockquote>{inner()}</blockquote>;
    case 'code': {
      const { lang = '', text } = token as Tokens.Code;
      const language = lang.toLowerCase();
      const code = <Code language={language} text={text} />;
      if (!withFormulas() || !['latex', 'tex'].includes(language)) return code;
      return (
        <Formula text={text} isBlock>
          {code}
        </Formula>
      );
    }
    case 'formula': {
      const { text, isBlock } = token as FormulaToken;
      return (
        <Formula text={text} isBlock={isBlock}>
          {token.raw.trimEnd()}
        </Formula>
      );
    }
    case 'list':
      return <List token={token as Tokens.List} depth={depth} />;
    case 'table':
      return <Table token={token as Tokens.Table} depth={depth} />;
    case 'hr':
      return <hr />;
    case 'strong':
      return <strong>{inner()}</strong>;
    case 'em':
      return <em>{inner()}</em>;
    case 'del':
      return <del>{inner()}</del>;
    case 'codespan':
      return <code>{plain((token as Tokens.Codespan).text)}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link token={token as Tokens.Link} depth={depth} />;
    case 'image': // never fetched from elsewhere: shown as the link it is
      return (
        <Link
          token={
            {
              ...(token as Tokens.Image),
              type: 'link',
              tokens: [
                {
                  type: 'text',
                  raw: token.raw,
                  text: (token as Tokens.Image).text || (token as Tokens.Image).href,
                },
              ],
            } as Tokens.Link
          }
          depth={depth}
        />
      );
    case 'mention':
      return <Mention name={(token as Reference).text} />;
    case 'channel':
      return <ChannelLink name={(token as Reference).text} />;
    case 'emoji':
      return <Glyph name={(token as Reference).text} />;
    case 'tag':
      return (
        <button className="channel" onClick={() => showSearch(token.raw)}>
          {token.raw}
        </button>
      );
    case 'escape':
      return plain((token as Tokens.Escape).text);
    case 'text':
      return (token as Tokens.Text).tokens ? (
        inner()
      ) : (
        <FoundText text={plain((token as Tokens.Text).text)} />
      );
    default:
      return token.raw;
  }
}

const deepest = 12;
function draw(tokens: Token[] | undefined, depth = 0): ReactNode {
  return tokens?.map((token, at) => (
    <Fragment key={at}>{depth > deepest ? token.raw : one(token, depth)}</Fragment>
  ));
}

const onlyEmoji =
  /^(\s*(\p{Extended_Pictographic}(\u200d\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})*|:[a-z0-9_+-]+:))+\s*$/u;

export const Markdown = memo(({ text, id }: { text: string; id?: string }) => {
  const isBig = text.length < 60 && onlyEmoji.test(text);
  return (
    <div className={`md${isBig ? ' big' : ''}`} id={id} dir="auto">
      {draw(tokensOf(text))}
    </div>
  );
});
