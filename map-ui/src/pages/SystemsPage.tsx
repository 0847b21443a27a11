import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { decodeOverview, type SystemBrief, statuses } from '../wire/figures';
import { useAnswer } from './useAnswer';

/** Every system that the centre watches: how fresh it is, and how its targets stand. */
export function SystemsPage() {
  const { told, failure } = useAnswer('/v1/systems', decodeOverview);
  const words = messages.value;
  return (
    <section class="page-body">
      <header class="page-head">
        <h2>{words.figures.systemsHeading}</h2>
        {told && (
          <p class="muted">
            {pick(told.unit.name, language.value)} · {told.period.label}
          </p>
        )}
      </header>
      {failure !== null && (
        <p class="page-failure" role="status">
          {words.pages.failed(failure)}
        </p>
      )}
      {told === null && failure === null && <p role="status">{words.pages.loading}</p>}
      <ul class="system-tiles" data-testid="systems">
        {told?.systems.map((system) => (
          <SystemTile key={system.id} system={system} />
        ))}
      </ul>
    </section>
  );
}

function SystemTile({ system }: { readonly system: SystemBrief }) {
  const { store, formats } = useApp();
  const words = messages.value.figures;
  const { newest, reminder } = system.freshness;
  return (
    <li class="system-tile" data-testid="system" data-system={system.id}>
      <h3>
        <span class="muted">{system.number}</span> {pick(system.title, language.value)}
      </h3>
      <p class="muted">{pick(system.owner, language.value)}</p>
      <p>{newest === null ? words.silentAlways : words.newestAt(formats.value.moment(newest, store.now.value))}</p>
      {reminder > 0 && <p>{words.reminder(reminder)}</p>}
      <p>
        {statuses
          .filter((status) => system.targets[status] > 0)
          .map((status) => words.targetsOf[status](system.targets[status]))
          .join(' · ')}
      </p>
    </li>
  );
}
