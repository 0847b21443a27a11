import { language, messages } from '../i18n';
import type { Earlier, Indicator } from '../wire/figures';
import { changeText, hasChange, isBetter, labelText } from './wording';

interface Props {
  readonly earlier: Earlier | null;
  readonly indicator: Indicator;
  /** Whether the period of the figure still runs: part of a month is neither better nor worse than a whole one. */
  readonly running: boolean;
}

/** How far a figure is from an earlier one, and, where that can be said, whether it is better. */
export function Change({ earlier, indicator, running }: Props) {
  const words = messages.value.figures;
  if (!hasChange(earlier)) return <span class="muted">–</span>;
  const better = running ? null : isBetter(earlier.change, indicator.better);
  const word = earlier.change === 0 ? words.unchanged : better === null ? null : better ? words.better : words.worse;
  const note = running ? words.running : word;
  return (
    <span class="change" data-better={better} title={`${labelText(earlier.period, words)}${note === null ? '' : `: ${note}`}`}>
      {changeText(earlier.change, indicator, language.value, words)}
      {note !== null && <span class="hidden"> ({note})</span>}
    </span>
  );
}
