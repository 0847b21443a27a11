import { signal } from '@preact/signals';

/** Whether the page is being printed: then everything is drawn, not only what is in sight. */
export const printing = signal(false);

/** Draw everything, let the browser print, and go back. */
export function printPage(): void {
  printing.value = true;
  // Two frames: one in which it is drawn, one in which it is laid out.
  requestAnimationFrame(() => requestAnimationFrame(() => window.print()));
}

/** Also follows printing that was begun from the browser's own menu; returns the way to stop. */
export function followPrinting(): () => void {
  const before = () => {
    printing.value = true;
  };
  const after = () => {
    printing.value = false;
  };
  addEventListener('beforeprint', before);
  addEventListener('afterprint', after);
  return () => {
    removeEventListener('beforeprint', before);
    removeEventListener('afterprint', after);
  };
}
