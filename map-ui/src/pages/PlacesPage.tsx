import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { CasesMap } from '../map/casesMap';
import { readPalette } from '../map/palette';
import { decodeUnits, type Unit } from '../map/units';
import { CaseItem } from '../panels/CaseItem';
import { ownerName } from '../panels/ownerName';
import { pageLink, type Route } from '../state/route';
import { type Case, type CasePlace, type Cluster, decodeCases, decodeClusters, decodePlaces } from '../wire/cases';
import { PageLayout } from './PageLayout';
import { callOf } from './scope';
import { useAnswer } from './useAnswer';

const nearM = 500;

/** Where open cases are, and where they cluster: citizens' reports first of all. Without a kind in the address the first that has places. */
export function PlacesPage({ route }: { readonly route: Route }) {
  const kinds = useAnswer('/v1/cases', decodeCases);
  const words = messages.value.figures;
  const some = (kinds.told ?? []).filter((one) => one.hasPlaces);
  const kind = some.find((one) => one.id === route.query.case) ?? some.find((one) => one.owner !== null) ?? some[0] ?? null;
  const path = kind && `/v1/cases/${encodeURIComponent(kind.id)}`;
  const places = useAnswer(path && `${path}/places`, decodePlaces);
  const clusters = useAnswer(path && callOf(`${path}/clusters`, { within_m: nearM }), decodeClusters);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const map = useRef<CasesMap | null>(null);
  return (
    <PageLayout title={words.placesHeading} failure={kinds.failure ?? places.failure} waiting={kinds.told === null}>
      {some.length > 1 && (
        <nav class="chips page-chips" aria-label={words.casesHeading}>
          {some.map((one) => (
            <a key={one.id} class="chip" href={pageLink(['places'], { case: one.id })} aria-current={one === kind ? 'page' : undefined}>
              {pick(one.title, language.value)}
            </a>
          ))}
        </nav>
      )}
      {kind === null ? (
        <p class="empty">{words.noPlaces}</p>
      ) : (
        <div class="places">
          <PlacesMap places={places.told} map={map} onSelect={(subjects) => (chosen.value = new Set(subjects))} />
          <div class="places-side">
            <Sums places={places.told ?? []} />
            <Chosen kind={kind} places={places.told?.filter(({ subject }) => chosen.value.has(subject)) ?? []} />
            <h3>{words.clusters(nearM)}</h3>
            {clusters.told?.length === 0 && <p class="muted">{words.noClusters}</p>}
            <ol class="clusters" data-testid="clusters">
              {clusters.told?.slice(0, 50).map((cluster) => (
                <li key={`${cluster.lon}/${cluster.lat}`}>
                  <button type="button" onClick={() => map.current?.flyTo(cluster.lon, cluster.lat)}>
                    <ClusterText kind={kind} cluster={cluster} />
                  </button>
                </li>
              ))}
            </ol>
          </div>
        </div>
      )}
    </PageLayout>
  );
}

interface MapProps {
  readonly places: readonly CasePlace[] | null;
  readonly map: { current: CasesMap | null };
  onSelect(subjects: readonly string[]): void;
}

function PlacesMap({ places, map, onSelect }: MapProps) {
  const { rest, config, store } = useApp();
  const { zoomIn, zoomOut, figures: words } = messages.value;
  const box = useRef<HTMLDivElement>(null);
  const units = useRef<readonly Unit[]>([]);
  const fitted = useRef(false);
  const latest = useRef(places);
  latest.current = places;
  const theme = store.theme.value;
  const lang = language.value;
  const told = config.value;
  const collection = told?.unitsCollection;
  const show = (on: CasesMap) => {
    const now = latest.current;
    if (now === null) return;
    void on.setPlaces(now);
    if (!fitted.current) on.fit(now, units.current);
    fitted.current = now.length > 0;
  };
  // A map anew for another look: pages are looked at, not watched.
  useEffect(() => {
    if (box.current === null || told === null) return;
    const made = new CasesMap(
      box.current,
      { palette: readPalette(), language: lang, baseMap: told.baseMap, scale: 1 },
      { label: words.placesHeading, zoomIn, zoomOut },
      onSelect,
    );
    map.current = made;
    fitted.current = false;
    void made.setUnits(units.current);
    show(made);
    return () => {
      map.current = null;
      made.destroy();
    };
  }, [told, theme, lang]);
  useEffect(() => {
    if (collection === undefined) return;
    const now = encodeURIComponent(new Date().toISOString());
    rest.get(`/ogc/collections/${encodeURIComponent(collection)}/items?limit=10000&datetime=${now}`, decodeUnits).then(
      (loaded) => {
        units.current = loaded;
        void map.current?.setUnits(loaded);
        if (map.current) show(map.current);
      },
      // The cases are worth showing without boundaries, too.
      () => {},
    );
  }, [collection]);
  useEffect(() => {
    if (map.current) show(map.current);
  }, [places]);
  return <div ref={box} class="places-map" data-testid="places-map" data-places={places?.length ?? 0} />;
}

function Sums({ places }: { readonly places: readonly CasePlace[] }) {
  const words = messages.value.figures;
  const overdue = places.filter((place) => place.overdue).length;
  return (
    <p class="funnel-sum">
      <span>
        <b>{places.length}</b> {words.open}
      </span>
      <span data-bad={overdue > 0}>
        <b>{overdue}</b> {words.overdue}
      </span>
      <span class="places-legend muted">{words.placesLegend}</span>
    </p>
  );
}

/** The cases that were chosen on the map. */
function Chosen({ kind, places }: { readonly kind: Case; readonly places: readonly CasePlace[] }) {
  if (places.length === 0) return <p class="muted screen-only">{messages.value.figures.choosePlace}</p>;
  return (
    <div class="case-list" role="status">
      {places.map((place) => (
        <CaseItem key={place.subject} kind={kind} place={place} />
      ))}
    </div>
  );
}

function ClusterText({ kind, cluster }: { readonly kind: Case; readonly cluster: Cluster }) {
  const [most] = Object.entries(cluster.categories).sort((a, b) => b[1] - a[1]);
  return (
    <>
      <b>{cluster.cases}</b>
      <span>
        {Object.keys(cluster.categories)
          .slice(0, 3)
          .map((name) => ownerName(name, kind, language.value))
          .filter((name) => name !== '')
          .join(', ') || most?.[0]}
      </span>
      <span class="muted">
        {cluster.unit ? pick(cluster.unit, language.value) : `${cluster.lat.toFixed(3)}, ${cluster.lon.toFixed(3)}`}
      </span>
    </>
  );
}
