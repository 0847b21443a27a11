import type { ComponentChildren } from 'preact';
import { useApp } from '../app';
import { messages } from '../i18n';
import { OfTime } from './OfTime';

interface Props {
  readonly title: string;
  readonly testId: string;
  readonly tools?: ComponentChildren;
  /** It is of the present also while a replay shows the past. */
  readonly ofNow?: boolean;
  readonly children: ComponentChildren;
}

/** Something that takes the place of the map until it is closed. */
export function StagePane({ title, testId, tools, ofNow = false, children }: Props) {
  const { store } = useApp();
  const words = messages.value.app;
  return (
    <section class="stage-pane" aria-label={title} data-testid={testId}>
      <header class="stage-pane-head">
        <h2>{title}</h2>
        <div class="stage-pane-tools">{tools}</div>
        <button
          type="button"
          class="tool tool-square"
          aria-label={words.close}
          title={words.close}
          data-testid="pane-close"
          onClick={() => {
            store.panel.value = 'map';
          }}
        >
          ✕
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: its fields do not belong together */}
      <div class="stage-pane-body" tabIndex={0} role="group" aria-label={title}>
        <OfTime now={ofNow} />
        {children}
      </div>
    </section>
  );
}
