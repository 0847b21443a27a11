/** Move the focus to the first match, once what was just asked for has been drawn. */
export function focusOn(selector: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus());
}
