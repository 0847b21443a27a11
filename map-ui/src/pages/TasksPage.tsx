import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { ownerName } from '../panels/ownerName';
import { pageLink, type Route } from '../state/route';
import { type Case, type CaseTold, decodeBoard, decodeCases, type Owner } from '../wire/cases';
import { decodeOverview } from '../wire/systems';
import { Due } from './CaseRows';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { callOf } from './scope';
import { useAnswer } from './useAnswer';

/** Open cases by who has them in hand, those with the most overdue first. Without a kind in the address that of the first system that has owners. */
export function TasksPage({ route }: { readonly route: Route }) {
  const kinds = useAnswer('/v1/cases', decodeCases);
  const words = messages.value.figures;
  const some = (kinds.told ?? []).filter((one) => one.owner !== null);
  const kind = some.find((one) => one.id === route.query.case) ?? some[0] ?? null;
  const unit = route.query.unit ?? null;
  const top = useAnswer(callOf('/v1/systems', { unit }), decodeOverview).told;
  const { told, failure } = useAnswer(kind && callOf(`/v1/cases/${encodeURIComponent(kind.id)}/board`, { unit }), decodeBoard);
  return (
    <PageLayout
      title={words.boardHeading}
      failure={kinds.failure ?? failure}
      waiting={told === null}
      tools={<ScopeTools route={route} unit={top?.unit ?? null} period={null} kinds={[]} />}
    >
      <nav class="chips page-chips" aria-label={words.casesHeading}>
        {some.map((one) => (
          <a
            key={one.id}
            class="chip"
            href={pageLink(['tasks'], { ...route.query, case: one.id })}
            aria-current={one === kind ? 'page' : undefined}
          >
            {pick(one.title, language.value)}
          </a>
        ))}
      </nav>
      {told && kind && (
        <>
          <Sums owners={told} />
          {told.length === 0 && <p class="empty">{words.noOpen}</p>}
          <ul class="board" data-testid="board">
            {told.map((owner) => (
              <Column key={owner.owner} owner={owner} kind={kind} />
            ))}
          </ul>
        </>
      )}
    </PageLayout>
  );
}

function Sums({ owners }: { readonly owners: readonly Owner[] }) {
  const words = messages.value.figures;
  const sum = (of: (owner: Owner) => number) => owners.reduce((total, owner) => total + of(owner), 0);
  return (
    <p class="funnel-sum">
      <span>
        <b>{sum((one) => one.open)}</b> {words.open}
      </span>
      <span data-bad={sum((one) => one.overdue) > 0}>
        <b>{sum((one) => one.overdue)}</b> {words.overdue}
      </span>
      <span>
        <b>{sum((one) => one.reminded)}</b> {words.reminded}
      </span>
    </p>
  );
}

function Column({ owner, kind }: { readonly owner: Owner; readonly kind: Case }) {
  const words = messages.value.figures;
  return (
    <li class="board-owner" data-testid="owner" data-overdue={owner.overdue > 0}>
      <h3>{owner.owner === '' ? words.noOwner : ownerName(owner.owner, kind, language.value)}</h3>
      <p class="board-sum">
        <span>
          <b>{owner.open}</b> {words.open}
        </span>
        {owner.overdue > 0 && (
          <span data-bad="true">
            <b>{owner.overdue}</b> {words.overdue}
          </span>
        )}
      </p>
      <ul class="board-cases">
        {owner.cases.map((one) => (
          <Card key={one.subject} told={one} kind={kind} />
        ))}
      </ul>
      {owner.open > owner.cases.length && <p class="muted">{words.moreCases(owner.open - owner.cases.length)}</p>}
    </li>
  );
}

/** One case: what it is called, when it is due, and the last step that it took. */
function Card({ told, kind }: { readonly told: CaseTold; readonly kind: Case }) {
  const title = typeof told.data.title === 'string' ? told.data.title : typeof told.data.text === 'string' ? told.data.text : told.subject;
  const taken = [...kind.steps].reverse().find((step) => (told.steps[step.id] ?? null) !== null);
  return (
    <li class="case-item" data-overdue={told.overdue}>
      <b>{title}</b>
      <span class="muted">
        {[
          title === told.subject ? null : told.subject,
          taken && pick(taken.title, language.value),
          told.unit && pick(told.unit, language.value),
        ]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {told.due !== null && <Due told={told} />}
    </li>
  );
}
