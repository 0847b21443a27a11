/** What docs/ tells an operator as a page of the map: `import page from '….md'` is its title and its text as HTML. */
import { Marked } from 'marked';
import type { Plugin } from 'vite';

export function guide(): Plugin {
  return {
    name: 'guide',
    enforce: 'pre',
    transform: {
      filter: { id: /\.md$/ },
      handler: (markdown) => ({ code: `export default ${JSON.stringify(readGuide(markdown))};`, moduleType: 'js' }),
    },
  };
}

export interface GuideText {
  readonly title: string;
  readonly html: string;
}

/** What stands before the first section leads to other documents and is left out; so are links, which lead to files beside this one. */
export function readGuide(markdown: string): GuideText {
  const marked = new Marked({
    renderer: {
      // A page has its title as h2.
      heading({ tokens, depth }) {
        return `<h${depth + 1}>${this.parser.parseInline(tokens)}</h${depth + 1}>\n`;
      },
      link({ tokens }) {
        return this.parser.parseInline(tokens);
      },
    },
  });
  const tokens = marked.lexer(markdown);
  const isHeading = (depth: number) => (token: (typeof tokens)[number]) => token.type === 'heading' && token.depth === depth;
  const title = tokens.find(isHeading(1));
  const first = tokens.findIndex(isHeading(2));
  if (title?.type !== 'heading' || first < 0) throw new Error('a guide has a title and sections');
  return { title: title.text, html: marked.parser(tokens.slice(first)) };
}
