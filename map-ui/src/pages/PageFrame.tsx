import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { OfTime } from '../panels/OfTime';
import type { Route } from '../state/route';

type Pages = ComponentType<{ readonly route: Route }>;

/** Where the pages of figures appear; they are fetched when the first of them is asked for, so that the map does not wait for them. */
export function PageFrame() {
  const { store } = useApp();
  const words = messages.value.pages;
  const pages = useSignal<Pages | null>(null);
  const failure = useSignal<string | null>(null);
  const frame = useRef<HTMLElement>(null);
  const route = store.route.value;
  useEffect(() => {
    import('./Pages').then(
      (loaded) => {
        pages.value = loaded.Pages;
      },
      (error: unknown) => {
        failure.value = String(error);
      },
    );
  }, []);
  const place = route.path.join('/');
  useEffect(() => {
    frame.current?.scrollTo(0, 0);
    // A reader who hears the page is taken to its beginning.
    frame.current?.focus({ preventScroll: true });
  }, [place]);
  return (
    <main ref={frame} class="page" id="page" tabIndex={-1} data-testid="page" data-page={place}>
      <OfTime now />
      {pages.value !== null ? (
        <pages.value route={route} />
      ) : (
        <p class="empty" role="status">
          {failure.value === null ? words.loading : words.failed(failure.value)}
        </p>
      )}
    </main>
  );
}
