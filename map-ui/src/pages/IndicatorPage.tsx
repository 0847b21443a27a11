import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { Ago } from '../panels/Ago';
import { pageLink, type Route } from '../state/route';
import { type Definition, decodeDefinition, decodeValues, decodeVersions, type MemberFigure } from '../wire/definition';
import { decodeIndicators, decodeLevels, decodeTrends, decodeUnitFigures, type Figure, type Indicator } from '../wire/figures';
import { decodeOverview, decodeSystem, type SystemTold } from '../wire/systems';
import { Change } from './Change';
import { Columns } from './Columns';
import { Computing } from './Computing';
import { freshened } from './live';
import { CompleteMark, TargetMark } from './Marks';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { Strays } from './Strays';
import { callOf, scopeOf } from './scope';
import { useAnswer } from './useAnswer';
import { useLive } from './useLive';
import { dayText, decimalText, labelText, lacksParts, shortLabel, shortValueText, targetText, valueText } from './wording';

const periodsShown = 13;

/** One indicator of one unit: its figure with all that says what it is worth, how it came about, and what was published when. */
export function IndicatorPage({ route }: { readonly route: Route }) {
  const id = route.path[1] ?? '';
  const scope = scopeOf(route);
  const path = `/v1/indicators/${encodeURIComponent(id)}`;
  const definition = useAnswer(path, decodeDefinition);
  const top = useAnswer(callOf('/v1/systems', { ...scope }), decodeOverview).told;
  const unit = scope.unit ?? top?.unit.code ?? null;
  const kind = scope.period ?? (definition.told?.periods.includes('month') ? 'month' : definition.told?.periods[0]) ?? null;
  const asked = unit !== null && kind !== null ? { unit, period: kind, at: scope.at } : null;
  const system = useAnswer(
    asked && definition.told && callOf(`/v1/systems/${encodeURIComponent(definition.told.system)}`, asked),
    decodeSystem,
  );
  const live = useLive(asked && { unit: [asked.unit], indicator: [id], period: [asked.period] });
  const known = system.told?.figures.get(id);
  const figure = known ? freshened(known, live) : null;
  const words = messages.value.figures;
  const told = definition.told;
  return (
    <PageLayout
      title={told ? pick(told.title, language.value) : id}
      failure={definition.failure ?? system.failure}
      waiting={told === null || system.told === null}
      tools={
        <ScopeTools
          route={route}
          unit={system.told?.unit ?? top?.unit ?? null}
          period={system.told?.period ?? null}
          kinds={told?.periods ?? []}
        />
      }
    >
      {told && asked && system.told && (
        <>
          <p class="page-summary">
            <a href={pageLink(['systems', told.system], { ...route.query })}>
              {system.told.number} {pick(system.told.title, language.value)}
            </a>
            <a href={pageLink(['ranking', id], { period: scope.period, at: scope.at })}>{words.rankingHeading}</a>
          </p>
          <Computing figures={figure === null ? [] : [figure]} />
          <div class="indicator">
            <Now figure={figure} indicator={told} />
            <History id={id} indicator={told} asked={asked} target={figure?.target?.limit ?? null} />
          </div>
          <Strays path={path} asked={asked} day={system.told.period.from} />
          {told.dimensions.map((dimension) => (
            <Members key={dimension.id} path={path} asked={asked} dimension={dimension} indicator={told} system={system.told} />
          ))}
          <Made definition={told} query={route.query} asked={asked} />
          <Goals definition={told} />
          <Versions path={path} asked={asked} indicator={told} />
        </>
      )}
    </PageLayout>
  );
}

interface Asked {
  readonly unit: string;
  readonly period: string;
  readonly at: string | null;
}

function Now({ figure, indicator }: { readonly figure: Figure | null; readonly indicator: Indicator }) {
  const words = messages.value.figures;
  if (figure === null) return <p class="panel empty">{words.noFigures}</p>;
  return (
    <dl class="panel now" data-testid="now">
      <div class="now-value">
        <dt>{words.value}</dt>
        <dd>
          {valueText(figure.value, indicator, language.value)}
          {lacksParts(figure) && <span class="origin">{words.partsKnown(String(figure.part), String(figure.of))}</span>}
        </dd>
      </div>
      {figure.target && (
        <div>
          <dt>{words.target}</dt>
          <dd>
            <TargetMark figure={figure} /> {targetText(figure.target, indicator, language.value, words)}
          </dd>
        </div>
      )}
      <div>
        <dt>{words.previous}</dt>
        <dd>
          <Change earlier={figure.previous} indicator={indicator} running={figure.running} />
        </dd>
      </div>
      <div>
        <dt>{words.yearBefore}</dt>
        <dd>
          <Change earlier={figure.yearBefore} indicator={indicator} running={figure.running} />
        </dd>
      </div>
      {figure.complete && (
        <div>
          <dt>{words.complete}</dt>
          <dd>
            <CompleteMark {...figure.complete} />
          </dd>
        </div>
      )}
      <div>
        <dt>{words.newest}</dt>
        <dd>{figure.newest === null ? '–' : <Ago time={figure.newest} now />}</dd>
      </div>
      <div>
        <dt>{words.originHeading}</dt>
        <dd>{words.origin(decimalText(figure.events, 0, language.value), figure.version ?? 1)}</dd>
      </div>
    </dl>
  );
}

interface HistoryProps {
  readonly id: string;
  readonly indicator: Indicator;
  readonly asked: Asked;
  readonly target: number | null;
}

function History({ id, indicator, asked, target }: HistoryProps) {
  const words = messages.value.figures;
  const { told } = useAnswer(callOf('/v1/indicators/trends', { ...asked, system: indicator.system, periods: periodsShown }), decodeTrends);
  return (
    <section class="panel">
      <h3>{words.trend}</h3>
      {told && (
        <Columns
          labels={told.periods.map((label) => labelText(label, words))}
          shortLabels={told.periods.map(shortLabel)}
          values={told.trends.get(id) ?? told.periods.map(() => null)}
          target={target}
          write={(value) => valueText(value, indicator, language.value)}
          writeShort={(value) => shortValueText(value, indicator, language.value)}
        />
      )}
    </section>
  );
}

interface MembersProps {
  readonly path: string;
  readonly asked: Asked;
  readonly dimension: Definition['dimensions'][number];
  readonly indicator: Indicator;
  readonly system: SystemTold | null;
}

/** The figure told apart by a dimension, the largest member first. */
function Members({ path, asked, dimension, indicator, system }: MembersProps) {
  const { told } = useAnswer(
    callOf(`${path}/values`, {
      unit: asked.unit,
      period: asked.period,
      from: system?.period.from ?? null,
      to: system?.period.from ?? null,
      by: dimension.id,
    }),
    decodeValues,
  );
  const levels = useAnswer('/v1/indicators/levels', decodeLevels).told ?? [];
  const words = messages.value.figures;
  const nameOf = (member: string) => {
    const word = system?.cases.map((kind) => kind.words[member]).find((one) => one !== undefined);
    const level = dimension.id === 'level' ? levels.find(({ id }) => id === member)?.title : undefined;
    return (level ?? system?.words[member] ?? word)?.[language.value] ?? member;
  };
  const members = [...(told ?? [])].sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  if (members.length === 0) return null;
  const most = Math.max(...members.map((one) => one.value ?? 0), 0);
  return (
    <section class="panel page-part">
      <h3>
        {words.by} {pick(dimension.title, language.value).toLocaleLowerCase(language.value)}
      </h3>
      <ol class="funnel">
        {members.map((one: MemberFigure) => (
          <li key={one.member}>
            <span class="funnel-name">{nameOf(one.member)}</span>
            <svg class="funnel-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
              <rect class="funnel-all" width="100" height="10" />
              <rect class="funnel-part" width={most > 0 ? (100 * Math.max(0, one.value ?? 0)) / most : 0} height="10" />
            </svg>
            <b class="funnel-count">{valueText(one.value, indicator, language.value)}</b>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface MadeProps {
  readonly definition: Definition;
  readonly query: Route['query'];
  readonly asked: Asked;
}

/** How the figure is computed, and of which other indicators it is made, each with its own figure: where one is missing it is seen which. */
function Made({ definition, query, asked }: MadeProps) {
  const words = messages.value.figures;
  const indicators = useAnswer('/v1/indicators', decodeIndicators).told ?? [];
  const { unit, ...when } = asked;
  const of = definition.madeOf.length > 0 ? callOf(`/v1/indicators/units/${encodeURIComponent(unit)}`, when) : null;
  const parts = useAnswer(of, decodeUnitFigures).told;
  const description = pick(definition.description, language.value);
  return (
    <section class="panel page-part">
      <h3>{words.formula}</h3>
      {description && <p>{description}</p>}
      <p class="formula">{pick(definition.formula, language.value)}</p>
      {definition.unsent.length > 0 && <p role="status">{words.unsent(definition.unsent.join(', '))}</p>}
      {definition.madeOf.map((id) => {
        const known = indicators.find((one) => one.id === id);
        const value = parts?.figures.find((one) => one.indicator === id)?.value ?? null;
        return (
          <p key={id}>
            <a href={pageLink(['indicators', id], { ...query })}>{known ? pick(known.title, language.value) : id}</a>
            {known && parts && <b class="part-value">{value === null ? words.noFigures : valueText(value, known, language.value)}</b>}
          </p>
        );
      })}
    </section>
  );
}

function Goals({ definition }: { readonly definition: Definition }) {
  const words = messages.value.figures;
  const levels = useAnswer('/v1/indicators/levels', decodeLevels).told ?? [];
  if (definition.goals.length === 0) return null;
  return (
    <section class="page-part">
      <h3>{words.targetsSummary}</h3>
      <table class="figures">
        <caption class="hidden">{words.targetsSummary}</caption>
        <thead>
          <tr>
            {[words.level, words.target, words.unit, words.since, words.until, words.plan].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {definition.goals.map((goal) => {
            const level = levels.find((one) => one.id === goal.level);
            return (
              <tr key={`${goal.level}/${goal.unit}/${goal.since}`}>
                <th scope="row">{level ? pick(level.title, language.value) : goal.level}</th>
                <td data-label={words.target}>{targetText(goal, definition, language.value, words)}</td>
                <td data-label={words.unit}>{goal.unitName ? pick(goal.unitName, language.value) : (goal.unit ?? '–')}</td>
                <td data-label={words.since}>{goal.since ? dayText(goal.since) : '–'}</td>
                <td data-label={words.until}>{goal.until ? dayText(goal.until) : '–'}</td>
                <td data-label={words.plan}>{goal.plan || '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** Every version of the figure: what was published on a day stays readable. */
function Versions({ path, asked, indicator }: { readonly path: string; readonly asked: Asked; readonly indicator: Indicator }) {
  const { store, formats } = useApp();
  const words = messages.value.figures;
  const versions = useAnswer(callOf(`${path}/versions`, { ...asked }), decodeVersions).told ?? [];
  if (versions.length === 0) return null;
  return (
    <section class="page-part">
      <h3>{words.versions}</h3>
      <table class="figures" data-testid="versions">
        <caption class="hidden">{words.versions}</caption>
        <thead>
          <tr>
            <th scope="col">{words.published}</th>
            <th scope="col">{words.superseded}</th>
            <th scope="col" class="right">
              {words.value}
            </th>
            <th scope="col">{words.originHeading}</th>
            <th scope="col">{words.computed}</th>
          </tr>
        </thead>
        <tbody>
          {[...versions].reverse().map((one) => (
            <tr key={`${one.published}/${one.version}`}>
              <th scope="row">{dayText(one.published)}</th>
              <td data-label={words.superseded}>{one.superseded ? dayText(one.superseded) : words.inForce}</td>
              <td data-label={words.value} class="right figure-value">
                {valueText(one.value, indicator, language.value)}
              </td>
              <td data-label={words.originHeading}>{words.origin(decimalText(one.events, 0, language.value), one.version)}</td>
              <td data-label={words.computed} class="muted">
                {formats.value.moment(one.computedAt, store.now.peek())}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
