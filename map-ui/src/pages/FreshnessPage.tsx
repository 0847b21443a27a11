import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { lengthText } from '../panels/wording';
import { pageLink } from '../state/route';
import { decodeOverview, type Freshness, type FreshSource, type SystemBrief } from '../wire/systems';
import { ReminderMark } from './Marks';
import { PageLayout } from './PageLayout';
import { useAnswer } from './useAnswer';
import { rhythmText } from './wording';

/** Who provides data, how long each has been silent, and which reminder that has earned; the longest silence first. */
export function FreshnessPage() {
  const { told, failure } = useAnswer('/v1/systems', decodeOverview);
  const words = messages.value.figures;
  const now = useApp().store.present.peek();
  const systems = [...(told?.systems ?? [])].sort((a, b) => overdueTimes(b.freshness, now) - overdueTimes(a.freshness, now));
  return (
    <PageLayout title={words.freshnessHeading} failure={failure} waiting={told === null}>
      <ul class="reminder-counts" data-testid="reminders">
        {[3, 2, 1, 0].map((nth) => (
          <li key={nth} data-nth={nth}>
            <b>{systems.filter((system) => system.freshness.reminder === nth).length}</b> <ReminderMark nth={nth} />
          </li>
        ))}
      </ul>
      <p class="muted page-note">{words.freshnessNote}</p>
      <table class="figures freshness">
        <caption class="hidden">{words.freshnessHeading}</caption>
        <thead>
          <tr>
            <th scope="col">{words.system}</th>
            <th scope="col">{words.owner}</th>
            <th scope="col">{words.reminders}</th>
            <th scope="col">{words.age}</th>
            <th scope="col">{words.newest}</th>
            <th scope="col">{words.rhythm}</th>
            <th scope="col">{words.sources}</th>
          </tr>
        </thead>
        <tbody>
          {systems.map((system) => (
            <Row key={system.id} system={system} />
          ))}
        </tbody>
      </table>
    </PageLayout>
  );
}

/** How many times its rhythm a provider has been silent; without end where it never sent anything. */
const overdueTimes = ({ newest, rhythmS, reminder }: Freshness, now: number): number =>
  reminder * 1e6 + (newest === null ? Number.POSITIVE_INFINITY : (now - newest) / 1000 / rhythmS);

function Row({ system }: { readonly system: SystemBrief }) {
  const { store, formats } = useApp();
  const words = messages.value.figures;
  const { newest, reminder, rhythmS, sources } = system.freshness;
  const now = store.present.value;
  return (
    <tr data-testid="provider" data-system={system.id} data-reminder={reminder}>
      <th scope="row">
        <span class="tile-number">{system.number}</span> <a href={pageLink(['systems', system.id])}>{pick(system.title, language.value)}</a>
      </th>
      <td data-label={words.owner}>{pick(system.owner, language.value)}</td>
      <td data-label={words.reminders}>
        <ReminderMark nth={reminder} />
      </td>
      <td data-label={words.age}>{newest === null ? words.silentAlways : lengthText(now - newest, words)}</td>
      <td class="muted" data-label={words.newest}>
        {newest === null ? '–' : `${formats.value.clock(newest).slice(0, 5)} ${formats.value.date(newest)}`}
      </td>
      <td data-label={words.rhythm}>{rhythmText(rhythmS, words)}</td>
      <td class="muted" data-label={words.sources}>
        {sources.length === 0 ? words.noSources : <Sources sources={sources} now={now} />}
      </td>
    </tr>
  );
}

/** Of several sources the silent ones say how long they have been so: the system is reminded for the one that has been longest. */
function Sources({ sources, now }: { readonly sources: readonly FreshSource[]; readonly now: number }) {
  const words = messages.value.figures;
  return (
    <ul class="sources">
      {sources.map(({ id, lastSeen, reminder }) => (
        <li key={id} data-reminder={reminder}>
          {id}
          {reminder > 0 && lastSeen !== null && `: ${lengthText(now - lastSeen, words)}`}
        </li>
      ))}
    </ul>
  );
}
