import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { readKey } from '../rest/key';
import { pageLink, type Route } from '../state/route';
import { decodeIndicators, decodeTrends, decodeUnitFigures, type Figure, type Indicator } from '../wire/figures';
import { decodeOverview } from '../wire/systems';
import { Computing } from './Computing';
import { Download } from './Download';
import { type FigureRow, FigureTable } from './FigureTable';
import { freshened } from './live';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { TargetCounts } from './SystemsPage';
import { callOf, scopeOf } from './scope';
import { useAnswer } from './useAnswer';
import { useLive } from './useLive';
import { useUnits } from './useUnits';

/** All figures of a unit, by system; made so that it can be printed. Without a code that of the highest unit. */
export function UnitPage({ route }: { readonly route: Route }) {
  const code = route.path[1] ?? null;
  const { period, at } = scopeOf(route);
  const overview = useAnswer(code === null ? '/v1/systems' : null, decodeOverview);
  const unit = code ?? overview.told?.unit.code ?? null;
  const path = unit && `/v1/indicators/units/${encodeURIComponent(unit)}`;
  const { told, failure } = useAnswer(path && callOf(path, { period, at }), decodeUnitFigures);
  const indicators = useAnswer('/v1/indicators', decodeIndicators);
  const trends = useAnswer(unit && callOf('/v1/indicators/trends', { unit, period, at }), decodeTrends);
  const live = useLive(told && { unit: [told.unit.code], period: [told.period.kind] });
  const figures = told?.figures.map((figure) => freshened(figure, live)) ?? [];
  const words = messages.value.figures;
  const kinds = kindsOf(indicators.told ?? []);
  const lang = language.value;
  return (
    <PageLayout
      title={told ? pick(told.unit.name, lang) : words.unitHeading}
      failure={failure ?? overview.failure ?? indicators.failure}
      waiting={told === null || indicators.told === null}
      tools={
        <ScopeTools
          route={route}
          unit={told?.unit ?? null}
          period={told?.period ?? null}
          kinds={kinds}
          unitLink={(chosen) => pageLink(['units', chosen], route.query)}
        />
      }
    >
      {told && indicators.told && (
        <>
          <div class="page-summary">
            <TargetCounts counts={countStatuses(figures)} />
            <Ways unit={told.unit.code} period={period} at={at} />
          </div>
          <Computing figures={figures} />
          {figures.length === 0 && <p class="empty">{words.noFigures}</p>}
          <BySystem
            figures={figures}
            indicators={indicators.told}
            render={(rows, title) => (
              <FigureTable
                caption={title}
                rows={rows}
                trends={trends.told?.trends ?? null}
                periods={trends.told?.periods ?? []}
                query={{ unit: told.unit.code, period, at }}
              />
            )}
          />
          <Below unit={told.unit.code} route={route} />
        </>
      )}
    </PageLayout>
  );
}

function kindsOf(indicators: readonly Indicator[]): string[] {
  return [...new Set(indicators.flatMap((indicator) => indicator.periods))];
}

function countStatuses(figures: readonly Figure[]) {
  const counts = { met: 0, at_risk: 0, missed: 0 };
  for (const { status } of figures) if (status !== null) counts[status] += 1;
  return counts;
}

/** On paper and into other programs. */
function Ways({ unit, period, at }: { readonly unit: string; readonly period: string | null; readonly at: string | null }) {
  const words = messages.value.figures;
  const report = callOf('/v1/indicators/report', { unit, period, at, lang: language.value });
  return (
    <p class="page-ways screen-only">
      {readKey() === null ? (
        <a href={report} target="_blank" rel="noreferrer">
          {words.report}
        </a>
      ) : (
        // A link carries no key: whoever needs one gets the page as a file.
        <Download path={report} name={`${unit}-${at ?? ''}.html`} label={words.report} />
      )}
      <button type="button" class="tool" onClick={() => print()}>
        {words.print}
      </button>
      <Download path={callOf(`/v1/indicators/units/${encodeURIComponent(unit)}`, { period, at })} name={`${unit}.json`} label="JSON" />
    </p>
  );
}

interface BySystemProps {
  readonly figures: readonly Figure[];
  readonly indicators: readonly Indicator[];
  render(rows: readonly FigureRow[], title: string): preact.JSX.Element;
}

/** The figures in the order of the systems, under the title of each. */
function BySystem({ figures, indicators, render }: BySystemProps) {
  const systems = useAnswer('/v1/systems', decodeOverview).told?.systems ?? [];
  const byId = new Map(indicators.map((indicator) => [indicator.id, indicator]));
  const groups = new Map<string, FigureRow[]>();
  for (const figure of figures) {
    const indicator = byId.get(figure.indicator);
    if (indicator === undefined) continue;
    const group = groups.get(indicator.system);
    if (group) group.push({ indicator, figure });
    else groups.set(indicator.system, [{ indicator, figure }]);
  }
  return (
    <>
      {[...groups].map(([id, rows]) => {
        const system = systems.find((one) => one.id === id);
        const title = system ? pick(system.title, language.value) : id;
        return (
          <section key={id} class="page-part">
            <h3>
              <span class="tile-number">{system?.number}</span> <a href={pageLink(['systems', id])}>{title}</a>
            </h3>
            {render(rows, title)}
          </section>
        );
      })}
    </>
  );
}

/** The units right above and below. */
function Below({ unit, route }: { readonly unit: string; readonly route: Route }) {
  const words = messages.value.figures;
  const all = useUnits(null).told ?? [];
  const here = all.find((one) => one.code === unit);
  if (here === undefined) return null;
  const depth = here.path.vi.split(', ').length;
  const collator = new Intl.Collator('vi', { numeric: true });
  const below = all
    .filter((one) => one.path.vi.endsWith(`, ${here.path.vi}`) && one.path.vi.split(', ').length === depth + 1)
    .sort((a, b) => collator.compare(a.name.vi, b.name.vi));
  const above = all.find((one) => here.path.vi === `${here.name.vi}, ${one.path.vi}`);
  return (
    <section class="page-part screen-only">
      {above && (
        <p>
          {words.above}: <a href={pageLink(['units', above.code], route.query)}>{pick(above.name, language.value)}</a>
        </p>
      )}
      {below.length > 0 && (
        <>
          <h3>
            {words.below} <span class="muted">({below.length})</span>
          </h3>
          <ul class="unit-links">
            {below.map((one) => (
              <li key={one.code}>
                <a href={pageLink(['units', one.code], route.query)}>{pick(one.name, language.value)}</a>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
