import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { lengthText } from '../panels/wording';
import type { Case, CaseTold } from '../wire/cases';

interface Props {
  readonly kind: Case;
  readonly cases: readonly CaseTold[];
  readonly caption: string;
}

/** Cases with the time of each of their steps. */
export function CaseRows({ kind, cases, caption }: Props) {
  const { formats } = useApp();
  const words = messages.value.figures;
  const moment = (time: number) => `${formats.value.clock(time).slice(0, 5)} ${formats.value.date(time).slice(0, 5)}`;
  return (
    <table class="figures cases">
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{words.subject}</th>
          <th scope="col">{words.unit}</th>
          {kind.steps.map((step) => (
            <th key={step.id} scope="col">
              {pick(step.title, language.value)}
            </th>
          ))}
          {kind.hasDue && <th scope="col">{words.due}</th>}
        </tr>
      </thead>
      <tbody>
        {cases.map((one) => (
          <tr key={one.subject} data-testid="case">
            <th scope="row">{one.subject}</th>
            <td data-label={words.unit}>{one.unit ? pick(one.unit, language.value) : '–'}</td>
            {kind.steps.map((step) => {
              const at = one.steps[step.id] ?? null;
              return (
                <td key={step.id} data-label={pick(step.title, language.value)} class={at === null ? 'missing' : ''}>
                  {at === null ? '–' : moment(at)}
                </td>
              );
            })}
            {kind.hasDue && (
              <td data-label={words.due}>
                <Due told={one} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** When a case is due, and how far that is. */
export function Due({ told }: { readonly told: CaseTold }) {
  const { store, formats } = useApp();
  const words = messages.value.figures;
  if (told.due === null) return <>–</>;
  const now = store.present.value;
  const day = formats.value.date(told.due);
  if (told.overdue) {
    return (
      <span class="due" data-overdue="true">
        {day} <b>{words.overdueBy(lengthText(now - told.due, words))}</b>
      </span>
    );
  }
  return (
    <span class="due">
      {day} {told.closed === null && <span class="muted">{words.dueIn(lengthText(told.due - now, words))}</span>}
    </span>
  );
}
