import { useApp } from '../app';
import { type Language, language, messages } from '../i18n';
import { rememberLanguage, rememberTheme } from '../preferences';
import type { Theme } from '../state/store';
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
