import { isLanguage, type Language } from './i18n';
import type { Theme } from './state/store';

const languageSlot = 'ioc.language';
const themeSlot = 'ioc.theme';

/** The language of the address (`?lang=en`), else the one chosen last, else Vietnamese. */
export function chooseLanguage(): Language {
  const candidates = [new URLSearchParams(location.search).get('lang'), localStorage.getItem(languageSlot)];
  return candidates.find(isLanguage) ?? 'vi';
}

export const rememberLanguage = (language: Language): void => localStorage.setItem(languageSlot, language);

const prefersLight = () => matchMedia('(prefers-color-scheme: light)');

const systemTheme = (): Theme => (prefersLight().matches ? 'light' : 'dark');

function storedTheme(): Theme | null {
  const stored = localStorage.getItem(themeSlot);
  return stored === 'dark' || stored === 'light' ? stored : null;
}

/** The theme chosen last, else what the system prefers; dark where it has no preference. */
export const chooseTheme = (): Theme => storedTheme() ?? systemTheme();

export const rememberTheme = (theme: Theme): void => localStorage.setItem(themeSlot, theme);

/** Calls `onChange` when the system changes its mind, until somebody has chosen. */
export function followSystemTheme(onChange: (theme: Theme) => void): void {
  prefersLight().addEventListener('change', () => {
    if (storedTheme() === null) onChange(systemTheme());
  });
}
