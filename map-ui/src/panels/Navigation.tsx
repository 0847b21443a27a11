import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';
import { pageLink } from '../state/route';
import { destinations } from './destinations';

/** The way between the map and the pages; the page itself says what it is below one of these. */
export function Navigation() {
  const { store } = useApp();
  const words = messages.value.pages;
  const [here = ''] = store.route.value.path;
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone there is not room for all of them.
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [here]);
  return (
    <nav ref={nav} class="navigation" aria-label={words.navigation} data-testid="navigation">
      {destinations.map(({ id, path, icon }) => (
        <a key={id} href={pageLink(path)} aria-current={here === (path[0] ?? '') ? 'page' : undefined} data-testid={`go-${id}`}>
          <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path class="symbol-line" d={icon} />
          </svg>
          <span>{String(words[id])}</span>
        </a>
      ))}
    </nav>
  );
}
