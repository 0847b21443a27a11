import { readKey } from './key';

/** Fetch `path` and have the browser save it as `name`; returns why that failed, or null. */
export async function download(path: string, name: string): Promise<string | null> {
  const key = readKey();
  const answer = await fetch(path, key === null ? {} : { headers: { authorization: `Bearer ${key}` } }).catch(() => null);
  if (answer === null) return 'the service was not reached';
  if (!answer.ok) return `${answer.status} ${answer.statusText}`;
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
  return null;
}
