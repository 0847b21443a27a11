import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { type Case, decodeFunnel, type Funnel as FunnelTold } from '../wire/cases';
import { callOf, type Scope } from './scope';
import { useAnswer } from './useAnswer';
import { decimalText } from './wording';

interface Props {
  readonly kind: Case;
  readonly scope: Scope;
}

/** Of the cases that were opened in the period, how many have taken each step. */
export function FunnelOf({ kind, scope }: Props) {
  const { told, failure } = useAnswer(callOf(`/v1/cases/${encodeURIComponent(kind.id)}/funnel`, { ...scope }), decodeFunnel);
  const words = messages.value;
  if (told === null) return <p class="muted">{failure === null ? words.pages.loading : words.pages.failed(failure)}</p>;
  return <Funnel kind={kind} told={told} />;
}

function Funnel({ kind, told }: { readonly kind: Case; readonly told: FunnelTold }) {
  const words = messages.value.figures;
  const count = (n: number) => decimalText(n, 0, language.value);
  const open = told.opened - told.closed;
  return (
    <>
      <p class="funnel-sum">
        <span>
          {words.opened}: <b>{count(told.opened)}</b>
        </span>
        {kind.closes !== null && (
          <>
            <span>
              <b>{count(told.closed)}</b> {words.closed}
            </span>
            <span>
              <b>{count(open)}</b> {words.stillOpen}
            </span>
          </>
        )}
        {kind.hasDue && (
          <span data-bad={told.closedLate > 0}>
            <b>{count(told.closedLate)}</b> {words.closedLate}
          </span>
        )}
      </p>
      <ol class="funnel" data-testid="funnel" data-case={kind.id}>
        {told.steps.map((step) => {
          const share = told.opened === 0 ? 0 : step.cases / told.opened;
          return (
            <li key={step.id} data-step={step.id}>
              <span class="funnel-name">{pick(step.title, language.value)}</span>
              <svg class="funnel-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="funnel-all" width="100" height="10" />
                <rect class="funnel-part" width={100 * share} height="10" />
              </svg>
              <b class="funnel-count">{count(step.cases)}</b>
              <span class="muted funnel-share">{told.opened === 0 ? '–' : `${decimalText(100 * share, 1, language.value)}%`}</span>
            </li>
          );
        })}
      </ol>
    </>
  );
}
