import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { Ago } from '../panels/Ago';
import { pageLink, type Route } from '../state/route';
import { decodeTrends, statuses } from '../wire/figures';
import { decodeFreshnesses, decodeSystem, type SystemTold } from '../wire/systems';
import { Computing } from './Computing';
import { FigureTable } from './FigureTable';
import { FunnelOf } from './Funnel';
import { freshened } from './live';
import { ReminderMark } from './Marks';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { TargetCounts } from './SystemsPage';
import { callOf, scopeOf } from './scope';
import { useAnswer } from './useAnswer';
import { useLive } from './useLive';
import { rhythmText } from './wording';

/** One system: all its figures, its cases on their way, and what it sends. */
export function SystemPage({ route }: { readonly route: Route }) {
  const id = route.path[1] ?? '';
  const scope = scopeOf(route);
  const { told, failure } = useAnswer(callOf(`/v1/systems/${encodeURIComponent(id)}`, { ...scope }), decodeSystem);
  const trends = useAnswer(callOf('/v1/indicators/trends', { ...scope, system: id }), decodeTrends);
  const live = useLive(told && { unit: [told.unit.code], indicator: told.indicators.map((one) => one.id), period: [told.period.kind] });
  const figureOf = (indicator: string) => {
    const figure = told?.figures.get(indicator);
    return figure ? freshened(figure, live) : null;
  };
  const words = messages.value.figures;
  return (
    <PageLayout
      title={
        told === null ? (
          id
        ) : (
          <>
            <span class="tile-number">{told.number}</span> {pick(told.title, language.value)}
          </>
        )
      }
      failure={failure}
      waiting={told === null}
      tools={<ScopeTools route={route} unit={told?.unit ?? null} period={told?.period ?? null} kinds={kindsOf(told)} />}
    >
      {told && (
        <>
          <Facts system={told} />
          <Computing figures={[...told.figures.values()]} />
          <FigureTable
            caption={words.indicator}
            rows={told.indicators
              .filter((indicator) => indicator.periods.includes(told.period.kind))
              .map((indicator) => ({ indicator, figure: figureOf(indicator.id) }))}
            trends={trends.told?.trends ?? null}
            periods={trends.told?.periods ?? []}
            query={route.query}
          />
          {told.cases
            .filter((one) => one.steps.length > 1)
            .map((one) => (
              <section key={one.id} class="page-part">
                <h3>{words.funnelOf(pick(one.title, language.value))}</h3>
                <FunnelOf kind={one} scope={{ ...scope, unit: told.unit.code }} />
                <p>
                  <a href={pageLink(['cases', one.id], route.query)}>{words.casesMore}</a>
                  {one.owner !== null && <a href={pageLink(['tasks'], { case: one.id })}>{words.board}</a>}
                </p>
              </section>
            ))}
          <Sends system={told} />
        </>
      )}
    </PageLayout>
  );
}

function kindsOf(told: SystemTold | null): string[] {
  return told === null ? [] : [...new Set(told.indicators.flatMap((indicator) => indicator.periods))];
}

/** Who sends, how often, and how fresh it is. */
function Facts({ system }: { readonly system: SystemTold }) {
  const words = messages.value.figures;
  const freshness = useAnswer('/v1/systems/freshness', decodeFreshnesses).told?.find((one) => one.system === system.id);
  const counts = { met: 0, at_risk: 0, missed: 0 };
  for (const { status } of system.figures.values()) if (status !== null) counts[status] += 1;
  return (
    <dl class="facts">
      <div>
        <dt>{words.owner}</dt>
        <dd>{pick(system.owner, language.value)}</dd>
      </div>
      <div>
        <dt>{words.newest}</dt>
        <dd>
          {freshness && <ReminderMark nth={freshness.reminder} />}{' '}
          {freshness?.newest ? <Ago time={freshness.newest} now /> : freshness && words.silentAlways}
        </dd>
      </div>
      <div>
        <dt>{words.rhythm}</dt>
        <dd>{rhythmText(system.rhythmS, words)}</dd>
      </div>
      <div>
        <dt>{words.sources}</dt>
        <dd>{freshness?.sources.join(', ') || `${system.sources.join(', ')} (${words.noSources})`}</dd>
      </div>
      {statuses.some((status) => counts[status] > 0) && (
        <div>
          <dt>{words.byStatus}</dt>
          <dd>
            <TargetCounts counts={counts} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The events that make all this, each with an example: for whoever builds what sends them. */
function Sends({ system }: { readonly system: SystemTold }) {
  const words = messages.value.figures;
  if (system.events.length === 0) return null;
  return (
    <section class="page-part screen-only">
      <h3>{words.events}</h3>
      {system.events.map((event) => (
        <details key={event.type} class="event-type">
          <summary>
            {pick(event.title, language.value)} <code>{event.type}</code>
          </summary>
          <p class="muted">
            {words.topic}: <code>{`ioc/v1/${system.sources[0]?.replace('*', '…') ?? '…'}/event/${event.type}`}</code>
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{JSON.stringify(event.example, null, 2)}</pre>
        </details>
      ))}
    </section>
  );
}
