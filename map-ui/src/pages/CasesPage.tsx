import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { pageLink, type Route } from '../state/route';
import { type Case, decodeCases, decodeListed } from '../wire/cases';
import { decodeOverview } from '../wire/systems';
import { CaseRows } from './CaseRows';
import { FunnelOf } from './Funnel';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { callOf, type Scope, scopeOf } from './scope';
import { useAnswer } from './useAnswer';

const kinds = ['month', 'quarter', 'year'];
const listed = 50;

/**
 * Cases on their way: of those opened in the period, how many took each step, and which ones lack one. Kinds that begin with the same event are
 * shown together: a dossier, and its three messages. Without one in the address the kind with the most steps that end by a due date.
 */
export function CasesPage({ route }: { readonly route: Route }) {
  const { told, failure } = useAnswer('/v1/cases', decodeCases);
  const scope = scopeOf(route);
  const top = useAnswer(callOf('/v1/systems', { ...scope }), decodeOverview).told;
  const words = messages.value.figures;
  const some = (told ?? []).filter((one) => one.steps.length > 1);
  const chosen = some.find((one) => one.id === route.path[1]) ?? some.find((one) => one.hasDue) ?? some[0];
  const together = chosen ? some.filter((one) => one === chosen || one.steps[0]?.type === chosen.steps[0]?.type) : [];
  return (
    <PageLayout
      title={words.funnelHeading}
      failure={failure}
      waiting={told === null}
      tools={<ScopeTools route={route} unit={top?.unit ?? null} period={top?.period ?? null} kinds={kinds} />}
    >
      <nav class="chips page-chips" aria-label={words.casesHeading}>
        {some.map((one) => (
          <a
            key={one.id}
            class="chip"
            href={pageLink(['cases', one.id], route.query)}
            aria-current={together.includes(one) ? 'page' : undefined}
            data-testid={`case-${one.id}`}
          >
            {pick(one.title, language.value)}
          </a>
        ))}
      </nav>
      <div class="funnels">
        {together.map((one) => (
          <section key={one.id} class="panel">
            <h3>{pick(one.title, language.value)}</h3>
            <FunnelOf kind={one} scope={scope} />
          </section>
        ))}
      </div>
      {together.map((one) => (
        <Lists key={one.id} kind={one} scope={scope} />
      ))}
    </PageLayout>
  );
}

interface ListsProps {
  readonly kind: Case;
  readonly scope: Scope;
}

/** What wants somebody's attention: overdue ones, and those that ended without a step or with steps out of order. */
function Lists({ kind, scope }: ListsProps) {
  const words = messages.value.figures;
  const before =
    kind.closes === null
      ? []
      : kind.steps.slice(
          1,
          kind.steps.findIndex((step) => step.id === kind.closes),
        );
  return (
    <>
      {kind.hasDue && <Listing kind={kind} scope={scope} title={words.overdueCases} query={{ state: 'overdue' }} ever />}
      {!kind.hasDue && <Listing kind={kind} scope={scope} title={words.outOfOrder} query={{ state: 'out_of_order' }} />}
      {!kind.hasDue &&
        before.map((step) => (
          <Listing
            key={step.id}
            kind={kind}
            scope={scope}
            title={words.lackingList(pick(step.title, language.value))}
            query={{ state: 'closed', lacks: step.id }}
          />
        ))}
    </>
  );
}

interface ListingProps extends ListsProps {
  readonly title: string;
  readonly query: Readonly<Record<string, string>>;
  /** Whether it does not matter in which period they were opened. */
  readonly ever?: boolean;
}

function Listing({ kind, scope, title, query, ever = false }: ListingProps) {
  const call = callOf(`/v1/cases/${encodeURIComponent(kind.id)}`, {
    ...query,
    unit: scope.unit,
    ...(ever ? {} : { period: scope.period ?? 'month', at: scope.at }),
    limit: listed,
  });
  const { told, failure } = useAnswer(call, decodeListed);
  const words = messages.value.figures;
  return (
    <details class="page-part panel" data-testid={`cases-${Object.values(query).join('-')}`}>
      <summary>
        {title} <b>{told ? `${told.cases.length}${told.truncated ? '+' : ''}` : '…'}</b>{' '}
        {told?.truncated && <span class="muted">{words.firstCases(listed)}</span>}
      </summary>
      {told === null && failure !== null && <p class="muted">{words.operatorsOnly}</p>}
      {told?.cases.length === 0 && <p class="muted">{words.noCases}</p>}
      {told && told.cases.length > 0 && <CaseRows kind={kind} cases={told.cases} caption={title} />}
    </details>
  );
}
