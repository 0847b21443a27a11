import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import { language } from '../i18n';
import { isCallError } from '../rest/client';
import { fetchInside, type Inside } from '../rest/inside';
import { areaFilter, type Drawing } from '../state/drawing';

const refreshMs = 10_000;

/** What lies inside a drawing now: every collection with how many it has there and the first of them; asked for again and again. */
export function useInside(drawing: Drawing): { readonly inside: readonly Inside[] | null; readonly why: string | null } {
  const { rest } = useApp();
  const [told, tell] = useState<{ inside: readonly Inside[] | null; why: string | null }>({ inside: null, why: null });
  const filter = drawing.done ? areaFilter(drawing) : null;
  const code = language.value;
  useEffect(() => {
    tell({ inside: null, why: null });
    if (filter === null) return;
    const abort = new AbortController();
    const ask = () =>
      void fetchInside(rest, filter, code, abort.signal).then(
        (inside) => tell({ inside, why: null }),
        (error) => {
          if (abort.signal.aborted) return;
          if (!isCallError(error)) throw error;
          tell((before) => ({ ...before, why: error.message }));
        },
      );
    ask();
    const timer = setInterval(ask, refreshMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [rest, filter, code]);
  return told;
}
