import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { pageLink, type Route } from '../state/route';
import { decodeDefinition } from '../wire/definition';
import { decodeIndicators, decodeLevels, decodeRanking, type Indicator, type RankedFigure } from '../wire/figures';
import { decodeOverview } from '../wire/systems';
import { Change } from './Change';
import { Computing } from './Computing';
import { Download } from './Download';
import { CompleteMark, StatusMark } from './Marks';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { callOf, scopeOf } from './scope';
import { useAnswer } from './useAnswer';
import { useUnits } from './useUnits';
import { decimalText, kindText, targetText, valueText } from './wording';

/** The units of a level in the order of one indicator. Without one in the address the first that has a target there. */
export function RankingPage({ route }: { readonly route: Route }) {
  const indicators = useAnswer('/v1/indicators', decodeIndicators);
  const level = useLevel(route);
  const id = route.path[1] ?? (level === null ? null : firstWithTarget(indicators.told ?? [], level));
  const scope = scopeOf(route);
  const top = useAnswer(callOf('/v1/systems', { ...scope }), decodeOverview).told;
  // Without a unit in the address those of the one that is shown as chosen, not of every province there is.
  const unit = scope.unit ?? top?.unit.code ?? null;
  const ready = id !== null && level !== null && unit !== null;
  const { told, failure } = useAnswer(
    ready ? callOf(`/v1/indicators/${encodeURIComponent(id)}/ranking`, { ...scope, unit, level }) : null,
    decodeRanking,
  );
  const words = messages.value.figures;
  const indicator = told?.indicator ?? indicators.told?.find((one) => one.id === id) ?? null;
  return (
    <PageLayout
      title={words.rankingHeading}
      failure={failure ?? indicators.failure}
      waiting={told === null}
      tools={
        <ScopeTools route={route} unit={top?.unit ?? null} period={told?.period ?? null} kinds={indicator?.periods ?? []} usual="over" />
      }
    >
      <div class="page-tools">
        <IndicatorChoice route={route} chosen={id} indicators={indicators.told ?? []} />
        <LevelChoice route={route} chosen={level} />
        {id !== null && told && level !== null && unit !== null && (
          <Downloads id={id} asked={{ unit, level, period: told.period.kind, at: told.period.label }} />
        )}
      </div>
      {id !== null && <Formula id={id} />}
      {told && indicator && (
        <>
          <Computing figures={told.rows} />
          {told.rows.some((row) => row.few) && (
            <p class="muted page-note">
              {words.fewNote(told.rows.filter((row) => row.few).length, told.minimum)}{' '}
              {longerKinds(indicator.periods, told.period.kind).map((kind) => (
                <a key={kind} href={pageLink(route.path, { ...route.query, period: kind, at: told.period.from })}>
                  {kindText(kind, words)}
                </a>
              ))}
            </p>
          )}
          {told.rows.length === 0 ? <p class="empty">{words.noRanking}</p> : <Table rows={told.rows} indicator={indicator} />}
        </>
      )}
    </PageLayout>
  );
}

interface DownloadsProps {
  readonly id: string;
  readonly asked: { readonly unit: string; readonly level: string; readonly period: string; readonly at: string };
}

/** The ranking as tables, and its figures for statisticians. */
function Downloads({ id, asked }: DownloadsProps) {
  const path = `/v1/indicators/${encodeURIComponent(id)}`;
  const name = [id, asked.unit, asked.level, asked.at.replaceAll('/', '_')].join('_');
  const { at, ...units } = asked;
  return (
    <>
      {['xlsx', 'csv'].map((form) => (
        <Download
          key={form}
          path={callOf(`${path}/ranking`, { ...asked, f: form, lang: language.value })}
          name={`${name}.${form}`}
          label={form.toUpperCase()}
        />
      ))}
      <Download path={callOf(`${path}/values`, { ...units, from: at, to: at, f: 'jsonstat' })} name={`${name}.json`} label="JSON-stat" />
    </>
  );
}

/** The kinds of period of an indicator that are longer than one. */
function longerKinds(kinds: readonly string[], kind: string): string[] {
  const order = ['day', 'week', 'month', 'quarter', 'year'];
  return kinds.filter((other) => order.indexOf(other) > order.indexOf(kind));
}

/** The first indicator of which units of the level have a target; else the first. */
function firstWithTarget(indicators: readonly Indicator[], level: string): string | null {
  return (indicators.find((one) => one.targetLevels.includes(level)) ?? indicators[0])?.id ?? null;
}

/** The level of the address, else the lowest that has units today. */
function useLevel(route: Route): string | null {
  const levels = useAnswer('/v1/indicators/levels', decodeLevels).told;
  const units = useUnits(null).told;
  if (route.query.level !== undefined) return route.query.level;
  if (levels === null || units === null) return null;
  const there = levels.filter((level) => units.some((unit) => unit.level === level.id));
  return (there.at(-1) ?? levels.at(-1))?.id ?? null;
}

interface IndicatorChoiceProps {
  readonly route: Route;
  readonly chosen: string | null;
  readonly indicators: readonly Indicator[];
}

function IndicatorChoice({ route, chosen, indicators }: IndicatorChoiceProps) {
  const words = messages.value.figures;
  const systems = useAnswer('/v1/systems', decodeOverview).told?.systems ?? [];
  return (
    <label class="choice choice-wide">
      <span>{words.indicator}</span>
      <select
        value={chosen ?? ''}
        data-testid="choose-indicator"
        onChange={(event) => {
          location.hash = pageLink(['ranking', event.currentTarget.value], { ...route.query, period: null });
        }}
      >
        {systems.map((system) => (
          <optgroup key={system.id} label={`${system.number} ${pick(system.title, language.value)}`}>
            {indicators
              .filter((indicator) => indicator.system === system.id)
              .map((indicator) => (
                <option key={indicator.id} value={indicator.id}>
                  {pick(indicator.title, language.value)}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function LevelChoice({ route, chosen }: { readonly route: Route; readonly chosen: string | null }) {
  const words = messages.value.figures;
  const levels = useAnswer('/v1/indicators/levels', decodeLevels).told ?? [];
  return (
    <label class="choice">
      <span>{words.level}</span>
      <select
        value={chosen ?? ''}
        data-testid="choose-level"
        onChange={(event) => {
          location.hash = pageLink(route.path, { ...route.query, level: event.currentTarget.value });
        }}
      >
        {levels.map((level) => (
          <option key={level.id} value={level.id}>
            {pick(level.title, language.value)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What is counted, in words and as a formula. */
function Formula({ id }: { readonly id: string }) {
  const told = useAnswer(`/v1/indicators/${encodeURIComponent(id)}`, decodeDefinition).told;
  if (told === null) return null;
  const description = pick(told.description, language.value);
  return (
    <p class="formula">
      {messages.value.figures.formula}: {description && `${description} `}
      {pick(told.formula, language.value)}
    </p>
  );
}

interface TableProps {
  readonly rows: readonly RankedFigure[];
  readonly indicator: Indicator;
}

function Table({ rows, indicator }: TableProps) {
  const words = messages.value.figures;
  const best = Math.max(...rows.map((row) => row.value ?? 0), 0);
  return (
    <table class="figures ranking" data-testid="ranking">
      <caption class="hidden">{pick(indicator.title, language.value)}</caption>
      <thead>
        <tr>
          <th scope="col" class="right">
            {words.rank}
          </th>
          <th scope="col">{words.unit}</th>
          <th scope="col" class="right">
            {words.value}
          </th>
          <th scope="col">
            <span class="hidden">{words.value}</span>
          </th>
          <th scope="col">{words.target}</th>
          <th scope="col" class="right">
            {words.previous}
          </th>
          <th scope="col" class="right">
            {words.yearBefore}
          </th>
          <th scope="col">{words.complete}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.unit?.code} row={row} indicator={indicator} best={best} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly row: RankedFigure;
  readonly indicator: Indicator;
  readonly best: number;
}

function Row({ row, indicator, best }: RowProps) {
  const words = messages.value.figures;
  const of = row.of !== null && row.part !== null && indicator.measure?.en === '%';
  return (
    <tr data-testid="ranked" data-unit={row.unit?.code} data-status={row.status ?? undefined}>
      <td class="right rank" data-label={words.rank}>
        {row.rank ?? '–'}
        {row.tied && <span class="rank-note">{words.tied}</span>}
        {row.few && <span class="rank-note">{words.few}</span>}
      </td>
      <th scope="row">
        {row.unit && (
          <a href={pageLink(['units', row.unit.code], { period: row.period.kind, at: row.period.label })}>
            {pick(row.unit.name, language.value)}
          </a>
        )}
      </th>
      <td class="right figure-value" data-label={words.value}>
        {valueText(row.value, indicator, language.value)}
        {of && (
          <span class="origin">
            {words.partOf(decimalText(row.part ?? 0, 0, language.value), decimalText(row.of ?? 0, 0, language.value))}
          </span>
        )}
      </td>
      <td class="rank-bar">
        <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          <rect class="funnel-part" width={best > 0 && row.value !== null ? Math.max(0, (100 * row.value) / best) : 0} height="8" />
        </svg>
      </td>
      <td data-label={words.target}>
        {row.status ? <StatusMark status={row.status} /> : <span class="muted">–</span>}
        {row.target && <span class="muted target">{targetText(row.target, indicator, language.value, words)}</span>}
      </td>
      <td class="right" data-label={words.previous}>
        <Change earlier={row.previous} indicator={indicator} running={row.running} />
      </td>
      <td class="right" data-label={words.yearBefore}>
        <Change earlier={row.yearBefore} indicator={indicator} running={row.running} />
      </td>
      <td data-label={words.complete}>{row.complete ? <CompleteMark {...row.complete} /> : <span class="muted">–</span>}</td>
    </tr>
  );
}
