import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { pageLink } from '../state/route';
import { OfTime } from './OfTime';
import { useCaseKinds } from './useCaseKinds';

/** The kinds of open cases that have places, such as citizens' reports: which of them the map shows, and the way to their page. */
export function CaseLayers() {
  const { store } = useApp();
  const words = messages.value.pages;
  const kinds = useCaseKinds();
  if (kinds.length === 0) return null;
  return (
    <>
      <h3>{words.openCases}</h3>
      <OfTime now />
      <ul>
        {kinds.map((kind) => (
          <li key={kind.id} class="layer">
            <label class="layer-switch">
              <input
                type="checkbox"
                checked={store.cases.value === kind.id}
                data-testid={`cases-${kind.id}`}
                onChange={(event) => {
                  store.cases.value = event.currentTarget.checked ? kind.id : null;
                }}
              />
              <span>{pick(kind.title, language.value)}</span>
            </label>
            {store.cases.value === kind.id && <InView />}
            <a href={pageLink(['places'], { case: kind.id })}>{words.more}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Those that lie in the view of the map, for who reaches no point of it by the keyboard. */
function InView() {
  const app = useApp();
  const { casePlaces } = app.store;
  const words = messages.value.pages;
  if (casePlaces.value === null) return null;
  const list = () => {
    const isInSight = app.map.value?.sightTest() ?? (() => true);
    app.openCases((casePlaces.peek() ?? []).filter(({ lon, lat }) => isInSight(lon, lat)).map(({ subject }) => subject));
  };
  return (
    <button type="button" class="tool" data-testid="cases-in-view" onClick={list}>
      {words.casesInView}
    </button>
  );
}
