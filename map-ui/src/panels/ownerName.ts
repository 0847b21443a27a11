import type { Language } from '../i18n';
import type { Case } from '../wire/cases';

/** What people call who or what has a case in hand; as it was told where the system's file has no word for it. */
export const ownerName = (owner: string, kind: Case, language: Language): string => kind.words[owner]?.[language] ?? owner;
