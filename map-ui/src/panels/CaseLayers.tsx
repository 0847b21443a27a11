import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { pageLink } from '../state/route';
import { type Case, decodeCases } from '../wire/cases';
import { OfTime } from './OfTime';
import { useAsked } from './useAsked';

/** The kinds of open cases that have places, such as citizens' reports: which of them the map shows, and the way to their page. */
export function CaseLayers() {
  const { store } = useApp();
  const words = messages.value.pages;
  const kinds = useKinds();
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
            <a href={pageLink(['places'], { case: kind.id })}>{words.more}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The map does without them. */
function useKinds(): readonly Case[] {
  const { rest } = useApp();
  const { told } = useAsked('cases', (signal) => rest.get('/v1/cases', decodeCases, signal));
  return told?.filter((kind) => kind.hasPlaces) ?? [];
}
