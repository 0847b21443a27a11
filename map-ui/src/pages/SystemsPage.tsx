import { useSignal } from '@preact/signals';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { Ago } from '../panels/Ago';
import { pageLink, type Route } from '../state/route';
import { decodeIndicators, type Figure, type Indicator, statuses } from '../wire/figures';
import { decodeOverview, type SystemBrief } from '../wire/systems';
import { Computing } from './Computing';
import { freshened, type LiveFigures } from './live';
import { ReminderMark, StatusMark } from './Marks';
import { PageLayout } from './PageLayout';
import { ScopeTools } from './ScopeTools';
import { callOf, scopeOf } from './scope';
import { useAnswer } from './useAnswer';
import { useLive } from './useLive';
import { valueText } from './wording';

const kinds = ['month', 'quarter', 'year'];

/** Every system that the centre watches: how fresh it is, how its targets stand, and its first figures. */
export function SystemsPage({ route }: { readonly route: Route }) {
  const { told, failure } = useAnswer(callOf('/v1/systems', { ...scopeOf(route) }), decodeOverview);
  const indicators = useAnswer('/v1/indicators', decodeIndicators);
  const live = useLive(told && { unit: [told.unit.code], period: [told.period.kind] });
  const onlyTrouble = useSignal(false);
  const words = messages.value.figures;
  const byId = new Map((indicators.told ?? []).map((one) => [one.id, one]));
  const shown = told?.systems.filter((system) => !onlyTrouble.value || isTroubled(system)) ?? [];
  return (
    <PageLayout
      title={words.systemsHeading}
      failure={failure ?? indicators.failure}
      waiting={told === null}
      tools={<ScopeTools route={route} unit={told?.unit ?? null} period={told?.period ?? null} kinds={kinds} />}
    >
      {told && (
        <>
          <div class="page-summary">
            <p>{words.systemsSummary(told.systems.length, told.systems.filter((system) => system.freshness.reminder > 0).length)}</p>
            <TargetCounts counts={sumTargets(told.systems)} />
            <label class="check">
              <input
                type="checkbox"
                checked={onlyTrouble.value}
                data-testid="only-trouble"
                onChange={(event) => {
                  onlyTrouble.value = event.currentTarget.checked;
                }}
              />
              {words.onlyTrouble}
            </label>
          </div>
          <Computing figures={told.systems.flatMap((system) => system.figures)} />
          {shown.length === 0 && <p class="empty">{words.allWell}</p>}
          <ul class="tiles" data-testid="systems">
            {shown.map((system) => (
              <Tile key={system.id} system={system} indicators={byId} query={route.query} live={live} />
            ))}
          </ul>
        </>
      )}
    </PageLayout>
  );
}

const isTroubled = ({ freshness, targets }: SystemBrief): boolean => freshness.reminder > 0 || targets.missed + targets.at_risk > 0;

function sumTargets(systems: readonly SystemBrief[]): SystemBrief['targets'] {
  const sum = { met: 0, at_risk: 0, missed: 0 };
  for (const { targets } of systems) for (const status of statuses) sum[status] += targets[status];
  return sum;
}

/** How many targets are met, at risk and missed; those that are none are left out. */
export function TargetCounts({ counts }: { readonly counts: SystemBrief['targets'] }) {
  const some = statuses.filter((status) => counts[status] > 0);
  if (some.length === 0) return <p class="muted">{messages.value.figures.noStatus}</p>;
  return (
    <p class="target-counts">
      {some.map((status) => (
        <span key={status}>
          <b>{counts[status]}</b> <StatusMark status={status} />
        </span>
      ))}
    </p>
  );
}

interface TileProps {
  readonly system: SystemBrief;
  readonly indicators: ReadonlyMap<string, Indicator>;
  readonly query: Route['query'];
  readonly live: LiveFigures;
}

function Tile({ system, indicators, query, live }: TileProps) {
  const words = messages.value.figures;
  const { newest, reminder } = system.freshness;
  return (
    <li class="tile" data-testid="system" data-system={system.id} data-troubled={isTroubled(system)}>
      <h3>
        <span class="tile-number">{system.number}</span>
        <a href={pageLink(['systems', system.id], query)}>{pick(system.title, language.value)}</a>
      </h3>
      <p class="tile-owner">{pick(system.owner, language.value)}</p>
      <p class="tile-fresh">
        <ReminderMark nth={reminder} />
        <span class="muted">{newest === null ? words.silentAlways : <Ago time={newest} now />}</span>
      </p>
      {system.figures.length === 0 ? (
        <p class="tile-figures muted">{words.noFigures}</p>
      ) : (
        <dl class="tile-figures">
          {system.figures.map((figure) => (
            <TileFigure key={figure.indicator} figure={freshened(figure, live)} indicator={indicators.get(figure.indicator)} />
          ))}
        </dl>
      )}
      <div class="tile-foot">
        <TargetCounts counts={system.targets} />
        {system.moreFigures > 0 && <span class="muted">{words.more(system.moreFigures)}</span>}
      </div>
    </li>
  );
}

function TileFigure({ figure, indicator }: { readonly figure: Figure; readonly indicator: Indicator | undefined }) {
  if (indicator === undefined) return null;
  return (
    <div>
      <dt>{pick(indicator.title, language.value)}</dt>
      <dd>
        {figure.status && <StatusMark status={figure.status} short />}
        {valueText(figure.value, indicator, language.value)}
      </dd>
    </div>
  );
}
