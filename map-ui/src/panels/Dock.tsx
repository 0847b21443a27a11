import type { ComponentChildren } from 'preact';
import { useApp } from '../app';
import { type Messages, messages } from '../i18n';
import type { Tool } from '../state/store';
import { DrawPanel } from './DrawPanel';
import { FiguresPanel } from './FiguresPanel';
import { LayersPanel } from './LayersPanel';
import { SearchBox } from './SearchBox';

const drawings: Readonly<Record<Tool, string>> = {
  layers: 'M12 3.5 21 8l-9 4.5L3 8zM3.5 12 12 16.3 20.5 12M3.5 16 12 20.3 20.5 16',
  figures: 'M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6',
  draw: 'M4 18 8 5l11 3 1 9-9 3zM4 18a1 1 0 1 0 .1 0',
  time: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 7.5V12l3.2 2',
};

const tools: readonly Tool[] = ['layers', 'figures', 'draw', 'time'];

/** The search, and under it the tool that is open. */
export function Dock() {
  const { store } = useApp();
  const words = messages.value;
  const tool = store.tool.value;
  return (
    <div class="dock" data-tool={tool ?? ''}>
      <SearchBox />
      {tool === 'layers' && (
        <ToolPanel tool={tool} title={words.layers.heading}>
          <LayersPanel />
        </ToolPanel>
      )}
      {tool === 'figures' && (
        <ToolPanel tool={tool} title={words.choropleth.heading}>
          <FiguresPanel />
        </ToolPanel>
      )}
      {tool === 'draw' && (
        <ToolPanel tool={tool} title={words.draw.heading}>
          <DrawPanel />
        </ToolPanel>
      )}
    </div>
  );
}

interface PanelProps {
  readonly tool: Tool;
  readonly title: string;
  readonly children: ComponentChildren;
}

function ToolPanel({ tool, title, children }: PanelProps) {
  const { store } = useApp();
  const words = messages.value.app;
  return (
    <div class="tool-panel" data-testid={`panel-${tool}`}>
      <header class="tool-head">
        <h2>{title}</h2>
        <button
          type="button"
          class="tool tool-square"
          aria-label={words.close}
          title={words.close}
          onClick={() => {
            store.tool.value = null;
          }}
        >
          ✕
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="tool-body" tabIndex={0} aria-label={title}>
        {children}
      </section>
    </div>
  );
}

const titleOf = (tool: Tool, words: Messages): string => (tool === 'figures' ? words.choropleth : words[tool]).heading;

/** The buttons that open a tool. */
export function ToolButtons() {
  const { store } = useApp();
  const words = messages.value;
  return (
    <div class="map-tools map-tools-more">
      {tools.map((tool) => {
        const title = titleOf(tool, words);
        const open = store.tool.value === tool;
        return (
          <button
            key={tool}
            type="button"
            aria-label={title}
            title={title}
            aria-expanded={open}
            data-testid={`tool-${tool}`}
            onClick={() => {
              store.tool.value = open ? null : tool;
            }}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
              <path class="symbol-line" d={drawings[tool]} />
            </svg>
          </button>
        );
      })}
    </div>
  );
}
