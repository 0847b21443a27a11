/** Move the focus to the first match: at once, so that no key typed after it goes elsewhere, or when what was just asked for has been drawn. */
export function focusOn(selector: string): void {
  const focus = (): boolean => {
    const found = document.querySelector<HTMLElement>(selector);
    found?.focus();
    return found !== null && document.activeElement === found;
  };
  if (!focus()) requestAnimationFrame(focus);
}
