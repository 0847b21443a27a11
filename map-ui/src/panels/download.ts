import { saveFile } from './saveFile';

export const downloadCsv = (text: string, name: string): void =>
  saveFile(new Blob([text], { type: 'text/csv;charset=utf-8' }), `${name}.csv`);

/** Save the drawing in `canvas` as PNG, on the ground of the theme, with lines of text above it. */
export function downloadPng(canvas: HTMLCanvasElement, lines: readonly string[], name: string): void {
  const style = getComputedStyle(document.documentElement);
  const size = 15 * devicePixelRatio;
  const head = size * (lines.length * 1.4 + 0.8);
  const page = document.createElement('canvas');
  page.width = canvas.width + size;
  page.height = canvas.height + head;
  const context = page.getContext('2d');
  if (context === null) return;
  context.fillStyle = style.getPropertyValue('--surface');
  context.fillRect(0, 0, page.width, page.height);
  context.fillStyle = style.getPropertyValue('--text');
  context.textBaseline = 'top';
  lines.forEach((line, at) => {
    context.font = `${at === 0 ? 600 : 400} ${size}px Inter, sans-serif`;
    context.fillText(line, size / 2, size * (0.5 + at * 1.4));
  });
  context.drawImage(canvas, size / 2, head);
  page.toBlob((image) => image && saveFile(image, `${name}.png`), 'image/png');
}

/** A name that every file system takes: letters without diacritics, digits and dashes. */
export const fileName = (...parts: readonly string[]): string =>
  parts
    .join('-')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐ]/g, 'd')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase();
