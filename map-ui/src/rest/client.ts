import { messages } from '../i18n';
import { WireError } from '../wire/guard';

/** Why a call failed: the HTTP status (0 when the service was not reached) and what the service said, or that in the language of the page. */
export class RestError extends Error {
  override readonly name = 'RestError';

  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

export interface RestClient {
  /** GET `path` and decode the answer; throws RestError or WireError. */
  get<T>(path: string, decode: (json: unknown) => T, signal?: AbortSignal): Promise<T>;
  /** POST `body`; `idem` is the caller's key for this intention, by which the service knows it when it is sent again. */
  post<T>(path: string, body: unknown, decode: (json: unknown) => T, idem?: string): Promise<T>;
  /** GET `path` as it is; throws RestError. */
  file(path: string): Promise<Blob>;
}

/** A client of the service that served this page; `onUnauthorized` is called for every 401. */
export function createRestClient(token: () => string | null, onUnauthorized: () => void): RestClient {
  const call = async <T>(path: string, init: RequestInit, decode: (json: unknown) => T): Promise<T> => {
    const key = token();
    const headers = { accept: 'application/json', ...init.headers, ...(key === null ? {} : { authorization: `Bearer ${key}` }) };
    const response = await reach(path, { ...init, headers });
    const body: unknown = await response.json().catch(() => null);
    if (response.status === 401) onUnauthorized();
    if (!response.ok) throw new RestError(response.status, detailOf(body) ?? response.statusText);
    return decode(body);
  };
  const file = async (path: string): Promise<Blob> => {
    const key = token();
    const response = await reach(path, { headers: key === null ? {} : { authorization: `Bearer ${key}` } });
    if (response.status === 401) onUnauthorized();
    if (!response.ok) throw new RestError(response.status, detailOf(await response.json().catch(() => null)) ?? response.statusText);
    return response.blob();
  };
  return {
    file,
    get: (path, decode, signal) => call(path, signal ? { signal } : {}, decode),
    post: (path, body, decode, idem) => {
      const headers = { 'content-type': 'application/json', ...(idem === undefined ? {} : { 'idempotency-key': idem }) };
      return call(path, { method: 'POST', body: JSON.stringify(body), headers }, decode);
    },
  };
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new RestError(0, messages.peek().pages.notReached);
  }
}

function detailOf(body: unknown): string | null {
  const detail = (body as { detail?: unknown } | null)?.detail;
  return typeof detail === 'string' ? detail : null;
}

/** Whether `error` is one that a call may end with (and not a fault of this program). */
export const isCallError = (error: unknown): error is RestError | WireError => error instanceof RestError || error instanceof WireError;
