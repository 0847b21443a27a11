import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { CardTools } from './CardTools';
import { CaseItem } from './CaseItem';
import { OfTime } from './OfTime';
import { useCaseKinds } from './useCaseKinds';
import { useSheetFocus } from './useSheetFocus';

const nearM = 0.002;
const mostShown = 200;

/** Open cases that stand at one place of the map, or in its view: those that are overdue first, then by when they are due. */
export function CasesCard() {
  const { store } = useApp();
  const listed = store.casesListed.value;
  useSheetFocus(listed && [...listed].join());
  return listed && <List listed={listed} />;
}

function List({ listed }: { readonly listed: ReadonlySet<string> }) {
  const { store, map } = useApp();
  const words = messages.value;
  const kind = useCaseKinds().find(({ id }) => id === store.cases.value);
  if (kind === undefined) return null;
  const places = (store.casePlaces.value ?? [])
    .filter(({ subject }) => listed.has(subject))
    .sort((a, b) => Number(b.overdue) - Number(a.overdue) || (a.due ?? a.opened) - (b.due ?? b.opened));
  const overdue = places.filter((place) => place.overdue).length;
  return (
    <section class="card" aria-label={words.pages.openCases} data-testid="cases-card" data-cases={places.length}>
      <header class="card-head">
        <div class="card-title">
          <h2>{pick(kind.title, language.value)}</h2>
          <p class="muted">{words.pages.casesCount(places.length, overdue)}</p>
        </div>
        <CardTools />
      </header>
      <OfTime now />
      <ul class="case-list">
        {places.slice(0, mostShown).map((place) => (
          <li key={place.subject}>
            <CaseItem
              kind={kind}
              place={place}
              onShow={() => map.value?.enter([place.lon - nearM, place.lat - nearM, place.lon + nearM, place.lat + nearM])}
            />
          </li>
        ))}
      </ul>
      {places.length > mostShown && <p class="empty">{words.pages.casesMore(places.length - mostShown)}</p>}
    </section>
  );
}
