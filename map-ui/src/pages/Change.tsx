import { language, messages } from '../i18n';
import type { Earlier, Indicator } from '../wire/figures';
import { changeText, hasChange, isBetter } from './wording';

interface Props {
  readonly earlier: Earlier | null;
  readonly indicator: Indicator;
}

/** How far a figure is from an earlier one, and whether that is better. */
export function Change({ earlier, indicator }: Props) {
  const words = messages.value.figures;
  if (!hasChange(earlier)) return <span class="muted">–</span>;
  const better = isBetter(earlier.change, indicator.better);
  const word = better === null ? words.unchanged : better ? words.better : words.worse;
  return (
    <span class="change" data-better={better} title={`${earlier.period}: ${word}`}>
      {changeText(earlier.change, indicator, language.value)}
      <span class="hidden"> ({word})</span>
    </span>
  );
}
