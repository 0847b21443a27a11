import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readGuide } from '../guide';

describe('a document for operators as a page', () => {
  test('begins at its first section, a level lower, and leads to no file beside it', () => {
    const text = '# Một ca\n\nFor the operator ([English](../shift.md)).\n\n## Nhận ca\n1. Bấm *Đã xem* (`V`), [desk](desk.md)\n';
    expect(readGuide(text)).toEqual({
      title: 'Một ca',
      html: '<h3>Nhận ca</h3>\n<ol>\n<li>Bấm <em>Đã xem</em> (<code>V</code>), desk</li>\n</ol>\n',
    });
    expect(() => readGuide('text')).toThrow('a guide has a title and sections');
  });

  test.each([
    ['shift.md', 'A shift at the desk'],
    ['vi/ca-truc.md', 'Một ca trực'],
  ])('%s is one', (file, title) => {
    const told = readGuide(readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8'));
    expect(told.title).toBe(title);
    expect(told.html.match(/<table>/g)).toHaveLength(2);
    expect(told.html).not.toMatch(/<a |<h[12]>/);
  });
});
