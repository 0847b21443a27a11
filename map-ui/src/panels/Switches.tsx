import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { type Language, language, messages } from '../i18n';
import { rememberLanguage, rememberTheme } from '../preferences';
import type { Theme } from '../state/store';
import { copyText } from './copyText';
import { toggleWall } from './wallMode';

const languages: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'vi', name: 'Tiếng Việt' },
  { code: 'en', name: 'English' },
];

export function LanguageSwitch() {
  return (
    <fieldset class="switch">
      <legend class="hidden">{messages.value.header.language}</legend>
      {languages.map(({ code, name }) => (
        <button
          key={code}
          type="button"
          lang={code}
          title={name}
          aria-label={`${code.toUpperCase()}: ${name}`}
          aria-pressed={language.value === code}
          data-testid={`language-${code}`}
          onClick={() => {
            language.value = code;
            rememberLanguage(code);
          }}
        >
          {code.toUpperCase()}
        </button>
      ))}
    </fieldset>
  );
}

export function ThemeSwitch() {
  const { store } = useApp();
  const words = messages.value.header;
  const other: Theme = store.theme.value === 'dark' ? 'light' : 'dark';
  const label = `${words.theme}: ${other === 'dark' ? words.themeDark : words.themeLight}`;
  return (
    <button
      type="button"
      class="tool tool-square"
      aria-label={label}
      title={label}
      data-testid="theme"
      onClick={() => {
        store.theme.value = other;
        rememberTheme(other);
      }}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path class="symbol-line" d="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z" />
        <path class="symbol-fill" d="M12 4a8 8 0 0 1 0 16Z" />
      </svg>
    </button>
  );
}

export function WallButton() {
  const label = messages.value.wall.open;
  return (
    <button
      type="button"
      class="tool tool-square wall-button"
      aria-label={label}
      title={label}
      data-testid="wall-open"
      onClick={toggleWall}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path class="symbol-line" d="M3 5h18v11H3ZM9 20h6M12 16v4" />
      </svg>
    </button>
  );
}

const toldForMs = 4_000;

/** Copies the address of the page, which tells all that is shown (useLink.ts). */
export function CopyLink() {
  const words = messages.value.header;
  const went = useSignal<boolean | null>(null);
  const said = went.value === null ? '' : went.value ? words.linkCopied : words.linkNotCopied;
  const copy = async () => {
    went.value = await copyText(location.href);
    setTimeout(() => {
      went.value = null;
    }, toldForMs);
  };
  return (
    <span class="copy-link">
      <button
        type="button"
        class="tool tool-square"
        aria-label={words.copyLink}
        title={words.copyLink}
        data-testid="copy-link"
        onClick={copy}
      >
        <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
          <path
            class="symbol-line"
            d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L11.8 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.5-1.3"
          />
        </svg>
      </button>
      <output data-testid="link-copied">{said}</output>
    </span>
  );
}
