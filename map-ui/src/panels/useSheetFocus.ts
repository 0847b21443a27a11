import { useLayoutEffect, useRef } from 'preact/hooks';
import { isNarrow } from '../narrow';
import { focusOn } from './focusOn';

/** Where a card takes the place of the list, the focus goes with it, and back to what opened it when the list is there again. */
export function useSheetFocus(id: string | null): void {
  const before = useRef<Element | null>(null);
  // Before the browser takes the focus from what is hidden.
  useLayoutEffect(() => {
    if (!isNarrow()) return;
    // What lies in a card goes with it.
    const row = document.activeElement?.closest('[data-row], .link, .tool:not(.card *)');
    if (id !== null && row) {
      before.current = row;
      focusOn('[data-testid=card-close]');
    } else if (id === null) {
      const back = before.current;
      before.current = null;
      requestAnimationFrame(() => back instanceof HTMLElement && back.focus());
    }
  }, [id]);
}
