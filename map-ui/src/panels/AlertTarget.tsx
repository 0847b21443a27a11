import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick, unitSign } from '../i18n/format';
import { fetchIndicators } from '../rest/figures';
import { periodScope } from '../state/periodScope';
import { pageLink } from '../state/route';
import type { Alert } from '../wire/types';
import { labelWithin } from './periodWords';
import { useAsked } from './useAsked';

/** What an alert on a target says: which figure of which period, how much it is and should have been, and where its pages are. */
export function AlertTarget({ alert }: { readonly alert: Alert }) {
  const { rest, store, formats } = useApp();
  const { target } = alert;
  const { told } = useAsked(target === null ? null : 'indicators', (signal) => fetchIndicators(rest, signal));
  if (target === null) return null;
  const words = messages.value.desk;
  const indicators = told ?? store.indicators.value ?? [];
  const measure = indicators.find(({ id }) => id === target.indicator)?.unitOfMeasure ?? null;
  const quantity = (value: number | null) => formats.value.quantity(value, measure && unitSign(pick(measure, language.value)));
  const missing = target.figure === null || target.limit === null ? null : Math.abs(target.limit - target.figure);
  const code = alert.unit?.code ?? null;
  const scope = periodScope(target.period);
  return (
    <section class="card-part" aria-label={words.targetHeading} data-testid="alert-target">
      <h3>{words.targetHeading}</h3>
      <dl class="target-facts">
        <dt>{words.targetFigure}</dt>
        <dd>
          {target.indicator === null ? (
            pick(target.title, language.value)
          ) : (
            <a href={pageLink(['indicators', target.indicator], { unit: code, ...scope })} data-testid="target-indicator">
              {pick(target.title, language.value)}
            </a>
          )}
        </dd>
        <dt>{words.targetPeriod}</dt>
        <dd>{labelWithin(target.period, language.value)}</dd>
        <dt>{words.targetReached}</dt>
        <dd>
          <b>{quantity(target.figure)}</b>
        </dd>
        <dt>{words.targetLimit}</dt>
        <dd>{words.targetBounds[target.direction](quantity(target.limit))}</dd>
        {missing !== null && (
          <>
            <dt>{words.targetMissing[target.direction]}</dt>
            <dd>
              {quantity(missing)}
              {alert.value !== null && alert.limit !== 1 && ` (${formats.value.quantity(alert.value * 100, '%')} ${words.targetShare})`}
            </dd>
          </>
        )}
      </dl>
      {code !== null && (
        <p>
          <a href={pageLink(['units', code], scope)} data-testid="target-unit">
            {words.targetUnit}
          </a>
        </p>
      )}
    </section>
  );
}
