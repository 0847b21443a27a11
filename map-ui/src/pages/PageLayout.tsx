import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { messages } from '../i18n';

interface Props {
  readonly title: ComponentChildren;
  /** What stands beside the title: the unit and period of the page, its ways out. */
  readonly tools?: ComponentChildren;
  readonly failure: string | null;
  /** Whether nothing was answered yet. */
  readonly waiting: boolean;
  readonly children: ComponentChildren;
}

/** What every page has: its title, what can be chosen, and whether what it shows could be fetched. */
export function PageLayout({ title, tools, failure, waiting, children }: Props) {
  const { store } = useApp();
  const words = messages.value.pages;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    store.pageTitle.value = heading.current?.innerText ?? '';
  });
  return (
    <section class="page-body">
      <header class="page-head">
        <h2 ref={heading}>{title}</h2>
        {tools && <div class="page-tools">{tools}</div>}
      </header>
      {failure !== null && (
        <p class="page-failure" role="alert">
          {words.failed(failure)}
        </p>
      )}
      {waiting && failure === null ? <p role="status">{words.loading}</p> : children}
    </section>
  );
}
