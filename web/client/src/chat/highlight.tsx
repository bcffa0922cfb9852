// Colours for code, in a chunk of its own. The grammar's tree becomes React elements.
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import diff from 'highlight.js/lib/languages/diff';
import ini from 'highlight.js/lib/languages/ini';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';
import { createElement, type ReactNode } from 'react';

const lowlight = createLowlight({ bash, cpp, diff, ini, json, python, sql, typescript, xml, yaml });
type Node = ReturnType<typeof lowlight.highlight>['children'][number];

function draw(node: Node, at: number): ReactNode {
  if (node.type === 'text') return node.value;
  if (node.type !== 'element') return null;
  const classes = node.properties.className;
  const className = Array.isArray(classes) ? classes.join(' ') : undefined;
  return createElement(
    'span',
    { key: at, className },
    ...node.children.map((each, n) => draw(each as Node, n)),
  );
}

export const paint = (language: string, text: string): ReactNode =>
  lowlight.registered(language) ? lowlight.highlight(language, text).children.map(draw) : text;
