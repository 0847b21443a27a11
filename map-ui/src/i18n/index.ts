import { computed, signal } from '@preact/signals';
import { en } from './en';
import { vi } from './vi';

/** The dictionary that every language fills: a key that is missing, or one too many, does not compile. */
export type Messages = typeof vi;
export type Language = 'vi' | 'en';

const dictionaries: Readonly<Record<Language, Messages>> = { vi, en };

export const wordsOf = (language: Language): Messages => dictionaries[language];

export const language = signal<Language>('vi');

/** The words of the chosen language; reading it in a component makes the component follow the choice. */
export const messages = computed<Messages>(() => dictionaries[language.value]);

export const isLanguage = (value: unknown): value is Language => value === 'vi' || value === 'en';
