// Formulas: TeX becomes temml's tree, the tree MathML elements of React. Of the tree only what is listed here is drawn,
// so a formula can neither lead elsewhere nor lie over anything; styles are set one by one, as the content policy wants.
import temml from 'temml';
import { createElement, Fragment, type CSSProperties, type ReactNode } from 'react';

interface Node {
  type?: string;
  text?: string;
  attributes?: Record<string, unknown>;
  classes?: string[];
  style?: Record<string, string>;
  children?: Node[];
}

const longest = 4000;
const most_nodes = 4000;
const deepest = 100;
const most_expansions = 200;
const widest_em: [number, number] = [10, 20];

const elements = new Set(
  `math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle
   msub msubsup msup mtable mtd mtext mtr munder munderover none`.split(/\s+/),
);
const attributes = new Set(
  `accent accentunder columnalign columnlines columnspacing columnspan depth display displaystyle fence form height
   largeop linethickness lspace mathcolor mathsize mathvariant maxsize minsize movablelimits notation rowlines
   rowspacing rowspan rspace scriptlevel separator stretchy symmetric voffset width`.split(/\s+/),
);
const styles = new Set(
  `backgroundColor border borderBottom borderLeft borderRight borderTop color fontSize fontStyle fontWeight height
   marginLeft marginRight mathDepth mathStyle padding paddingBottom paddingLeft paddingRight paddingTop
   textAlign width`.split(/\s+/),
);
const isPlain = (value: unknown) => /^[\w\s.#%,+-]{0,60}$/.test(String(value));

// A message has no use for macros of its own, and they are how a short text becomes a long one.
const definesMacros =
  /\\(?:[egx]?def|let|futurelet|(?:re)?newcommand|providecommand|global|long)(?![a-zA-Z])/;

class TooMuch extends Error {}

function elementOf(node: Node, budget: { nodes: number }, depth: number): ReactNode {
  if (--budget.nodes < 0 || depth > deepest) throw new TooMuch();
  if (node.text !== undefined) return node.text;
  const inner = (node.children ?? []).map((each, at) => (
    <Fragment key={at}>{elementOf(each, budget, depth + 1)}</Fragment>
  ));
  if (!node.type || !elements.has(node.type)) return inner;
  const given = Object.entries(node.attributes ?? {}).filter(
    ([name, value]) => attributes.has(name) && isPlain(value),
  );
  const style = Object.entries(node.style ?? {}).filter(
    ([name, value]) => styles.has(name) && isPlain(value),
  );
  return createElement(
    node.type,
    { ...Object.fromEntries(given), style: Object.fromEntries(style) as CSSProperties },
    ...inner,
  );
}

/** The formula as elements; nothing when it is none, or more than a message needs. */
export function formula(text: string, displayMode: boolean): ReactNode | undefined {
  if (text.length > longest || definesMacros.test(text)) return undefined;
  try {
    const tree = temml.__renderToMathMLTree(text, {
      displayMode,
      throwOnError: true,
      trust: false,
      maxExpand: most_expansions,
      maxSize: widest_em,
    }) as Node;
    return elementOf(tree, { nodes: most_nodes }, 0);
  } catch {
    return undefined; // not TeX, or nested so deeply that the parser gave up: it stays the text it is
  }
}
