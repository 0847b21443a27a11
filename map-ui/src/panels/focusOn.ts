/** Move the focus to the first match: at once, so that no key typed after it goes elsewhere, or when what was just asked for has been drawn. */
export function focusOn(selector: string): void {
  const focus = (): boolean => {
    const found = document.querySelector<HTMLElement>(selector);
    found?.focus();
    return found !== null && document.activeElement === found;
  };
  if (!focus()) requestAnimationFrame(focus);
}

/** Once what had the focus is gone from the page, give it to `opener`, or to the first of `others` that is there. */
export function giveFocusBack(opener: Element | null, others: readonly string[]): void {
  setTimeout(() => {
    const active = document.activeElement;
    if (active !== null && active !== document.body) return;
    const isThere = opener instanceof HTMLElement && opener.isConnected && opener !== document.body;
    const found = isThere ? opener : others.map((other) => document.querySelector<HTMLElement>(other)).find((each) => each !== null);
    found?.focus({ preventScroll: true });
  });
}
