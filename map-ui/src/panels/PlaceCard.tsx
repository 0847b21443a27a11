import { useApp } from '../app';
import { type Language, language, type Messages, messages } from '../i18n';
import type { Formats } from '../i18n/format';
import { fetchFeature } from '../rest/places';
import type { Place } from '../state/places';
import { worstFirst } from '../state/severity';
import type { Feature } from '../wire/place';
import type { StationState } from '../wire/types';
import { CardTools } from './CardTools';
import { figureTitle } from './FigureLegend';
import { OfTime } from './OfTime';
import { StateSymbol } from './Symbol';
import { useAsked } from './useAsked';
import { useSheetFocus } from './useSheetFocus';

const refreshMs = 10_000;

/** The selected unit or feature: what it is, and for a unit what stands in it now. */
export function PlaceCard() {
  const { store } = useApp();
  const place = store.place.value;
  useSheetFocus(place && `${place.layer} ${place.fid}`);
  if (place === null) return null;
  const words = messages.value;
  return (
    <section class="card" aria-label={words.search.card} data-testid="place-card" data-fid={place.fid}>
      <header class="card-head">
        <div class="card-title">
          <h2>{place.name}</h2>
          <p class="muted">{place.detail}</p>
        </div>
        <CardTools />
      </header>
      {place.kind === 'unit' ? <UnitBody place={place} /> : <FeatureBody place={place} />}
    </section>
  );
}

/** The feature of a place, asked for again and again where it is live; or why it is not there; null while it is under way. */
function useFeature(place: Place, again: boolean): Feature | { readonly why: string } | null {
  const { rest } = useApp();
  const ask = (signal: AbortSignal) => fetchFeature(rest, place, signal);
  const { told, failure } = useAsked(`${place.layer} ${place.fid}`, ask, [], again ? { everyMs: refreshMs } : {});
  return told ?? (failure === null ? null : { why: failure });
}

function UnitBody({ place }: { readonly place: Place }) {
  const { formats } = useApp();
  const words = messages.value;
  const feature = useFeature({ ...place, layer: 'units-now' }, true);
  if (feature === null) return <p class="empty">{words.station.loading}</p>;
  if ('why' in feature) return <p class="empty">{words.search.notLoaded(feature.why)}</p>;
  const count = (name: string) => Number(feature.properties[name] ?? 0);
  const { state } = feature.properties;
  const { number } = formats.value;
  return (
    <div class="place-body">
      <OfTime now />
      <Coloured code={place.code} />
      <dl class="place-facts">
        <dt>{words.search.stationsIn}</dt>
        <dd>{number(count('stations'))}</dd>
        <dt>{words.search.worst}</dt>
        <dd>{typeof state === 'string' ? <StateName state={state as StationState} words={words} /> : '–'}</dd>
        <dt>{words.search.alertsIn}</dt>
        <dd>
          {count('alerts_open') === 0
            ? words.search.noAlerts
            : worstFirst
                .filter((severity) => count(`alerts_${severity}`) > 0)
                .map((severity) => (
                  <span key={severity} class="place-count" title={words.severity[severity]}>
                    <StateSymbol state={severity} />
                    {number(count(`alerts_${severity}`))} <span>{words.severityShort[severity]}</span>
                  </span>
                ))}
        </dd>
      </dl>
      {place.code !== null && (
        <a class="place-page" href={`#/units/${encodeURIComponent(place.code)}`}>
          {words.search.page}
        </a>
      )}
    </div>
  );
}

/** The figure by which the map colours the unit. */
function Coloured({ code }: { readonly code: string | null }) {
  const { store, formats } = useApp();
  const words = messages.value;
  const shown = store.figures.value;
  const isOfLevel = store.units.value.some((unit) => unit.code === code && unit.level === shown?.level);
  if (shown?.table == null || code === null || !isOfLevel) return null;
  const figure = shown.table.figures.get(code);
  const { number } = formats.value;
  return (
    <dl class="place-facts" data-testid="place-figure">
      <dt>{figureTitle(shown, store.indicators.value, words)}</dt>
      <dd>
        {figure?.value == null ? words.choropleth.noValue : number(figure.value)}
        {figure?.share != null && ` · ${words.choropleth.complete.toLowerCase()} ${number(Math.floor(figure.share * 100))}%`}
      </dd>
    </dl>
  );
}

function StateName({ state, words }: { readonly state: StationState; readonly words: Messages }) {
  return (
    <span class="place-count">
      <StateSymbol state={state} />
      {state === 'normal' ? words.normal : words.severity[state]}
    </span>
  );
}

function FeatureBody({ place }: { readonly place: Place }) {
  const { formats } = useApp();
  const words = messages.value;
  const feature = useFeature(place, false);
  if (feature === null) return <p class="empty">{words.station.loading}</p>;
  if ('why' in feature) return <p class="empty">{words.search.notLoaded(feature.why)}</p>;
  const facts = Object.entries(feature.properties).filter(([, value]) => value !== null && value !== '');
  if (facts.length === 0) return <p class="empty">{words.search.noAttributes}</p>;
  return (
    <dl class="place-facts">
      {facts.map(([name, value]) => (
        <Fact key={name} name={name} text={textOf(value, formats.value, language.value)} />
      ))}
    </dl>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <>
      <dt>{name.replaceAll(/[_-]+/g, ' ')}</dt>
      <dd>{text}</dd>
    </>
  );
}

function textOf(value: unknown, formats: Formats, language: Language): string {
  if (typeof value === 'number') return formats.number(value);
  if (typeof value === 'boolean') return language === 'vi' ? (value ? 'có' : 'không') : value ? 'yes' : 'no';
  return typeof value === 'string' ? value.normalize('NFC') : JSON.stringify(value);
}
