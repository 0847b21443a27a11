/** Put `text` on the clipboard; returns whether that went. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers offer that over HTTPS alone, and where they are allowed to.
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const went = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return went;
}
