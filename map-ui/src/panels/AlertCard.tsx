import { useEffect } from 'preact/hooks';
import { useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import { pick, unitPath } from '../i18n/format';
import { isInSight } from '../state/alertChoice';
import { alertOf, isCleared, isOpen, mergeAlert } from '../state/alerts';
import { closeCard } from '../state/choice';
import { pageLink } from '../state/route';
import { draftOf } from '../state/silenceDraft';
import type { Alert } from '../wire/types';
import { AlertNotice } from './Acknowledge';
import { AlertActions } from './AlertActions';
import { AlertChart } from './AlertChart';
import { AlertHistory } from './AlertHistory';
import { AlertMeasure, AlertSince, statusOf } from './AlertRow';
import { AlertTarget } from './AlertTarget';
import { CardTools } from './CardTools';
import { OfTime } from './OfTime';
import { ruleSentences, titlesOf } from './ruleWords';
import { StateSymbol } from './Symbol';
import { useRules } from './useRules';
import { useSheetFocus } from './useSheetFocus';
import { useStory } from './useStory';
import { closeReasonName, subjectName } from './wording';

/** The selected alert: what is wrong and where, what has been done, its values around the crossing, the rule, and what can be done. */
export function AlertCard() {
  const { store } = useApp();
  const id = store.desk.selectedAlert.value;
  const known = id === null ? undefined : alertOf(store.alerts.value, id);
  const { story, failure } = useStory(id, known?.version ?? null);
  useSheetFocus(id);
  // From here on the stream tells of it, also where it is not open any more.
  useEffect(() => {
    const newer = story !== null && story.alert.version > (alertOf(store.alerts.peek(), story.alert.id)?.version ?? 0);
    if (newer && !store.isPast.peek()) store.alerts.value = mergeAlert(store.alerts.peek(), story.alert);
  }, [story]);
  if (id === null) return null;
  const alert = known ?? story?.alert;
  const isPast = store.isPast.value;
  const words = messages.value.desk;
  return (
    <section class="card alert-card" aria-label={words.card} data-testid="alert-card" data-alert={id} data-station={alert?.station}>
      {alert === undefined ? (
        <>
          <CardTools />
          <p class="empty">{failure === null ? words.loading : words.loadFailed(failure)}</p>
        </>
      ) : (
        <>
          <CardHead alert={alert} isThen={known !== undefined || !isPast} />
          <OfTime />
          {(known !== undefined || !isPast) && (
            <>
              <AlertActions key={`actions ${id}`} alert={alert} />
              <AlertNotice alert={alert} />
              <AlertTarget alert={alert} />
              <AlertChart key={`chart ${id}`} alert={alert} />
            </>
          )}
          <RuleInWords alert={alert} />
          <Area alert={alert} />
          {!isPast && <SilenceThis alert={alert} />}
          <AlertHistory alert={alert} story={story} failure={failure} />
        </>
      )}
    </section>
  );
}

/** `isThen` says that the alert is known as it is at the time that is shown: of one that was not open then only the present is. */
function CardHead({ alert, isThen }: { readonly alert: Alert; readonly isThen: boolean }) {
  const { store, formats } = useApp();
  const words = messages.value;
  const now = store.shown.peek();
  const status = statusOf(alert, words, formats.value, now);
  return (
    <header class="card-head" data-severity={alert.severity}>
      <StateSymbol state={alert.severity} hollow={isCleared(alert)} />
      <div class="card-title">
        <p class="alert-top">
          <span class="alert-severity" data-severity={alert.severity}>
            {words.severity[alert.severity]}
          </span>
          {isThen && <AlertSince alert={alert} />}
        </p>
        <h2>{pick(alert.title, language.value)}</h2>
        <StationLink alert={alert} />
        {isThen ? (
          <>
            <AlertMeasure alert={alert} />
            <p class="card-state">
              <b>{words.desk.conditions[alert.condition]}</b>
              {status !== '' && <span>{status}</span>}
            </p>
            {!isOpen(alert) && <Gone alert={alert} />}
            <Doubts alert={alert} words={words.desk} />
          </>
        ) : (
          <p data-testid="alert-not-then">{words.time.notThen}</p>
        )}
      </div>
      <CardTools place={alert} />
    </header>
  );
}

/** Why an alert is not open: who closed it, when and for which reason, and whether it still holds; or that it is over and seen. */
function Gone({ alert }: { readonly alert: Alert }) {
  const { store, formats } = useApp();
  const words = messages.value;
  if (alert.closedAt === null) return <p class="muted">{words.desk.gone}</p>;
  const at = formats.value.moment(alert.closedAt, store.shown.peek());
  const why = alert.closeReason === null ? '' : closeReasonName(alert.closeReason, words).toLowerCase();
  return (
    <>
      <p data-testid="alert-closed">{words.desk.closedBy(alert.closedBy ?? words.desk.engine, at, why)}</p>
      {!isCleared(alert) && <p class="doubt">{words.desk.closedHolds}</p>}
    </>
  );
}

/** Begins a silence for alerts like this one. */
function SilenceThis({ alert }: { readonly alert: Alert }) {
  const { store } = useApp();
  return (
    <p class="card-part">
      <button
        type="button"
        class="link"
        data-testid="silence-this"
        onClick={() => {
          store.desk.draft.value = draftOf(alert);
          closeCard(store);
          store.panel.value = 'silences';
        }}
      >
        {messages.value.desk.silenceThis}
      </button>
    </p>
  );
}

/** What makes an alert less certain, or hides it. */
function Doubts({ alert, words }: { readonly alert: Alert; readonly words: Messages['desk'] }) {
  const texts = [];
  if (alert.quality !== 'ok') texts.push(words.quality[alert.quality]);
  if (alert.flapping) texts.push(words.flappingText);
  if (alert.lateCorrections > 0) texts.push(words.lateText(alert.lateCorrections));
  if (alert.silencedBy.length > 0) texts.push(words.silencedText(alert.silencedBy.length));
  return texts.map((text) => (
    <p key={text} class="doubt">
      {text}
    </p>
  ));
}

/** The name of the station, which opens its card; of another subject its name alone. */
function StationLink({ alert }: { readonly alert: Alert }) {
  const { open, store } = useApp();
  if (!alert.isStation) return <p>{subjectName(alert, store.units.value, language.value)}</p>;
  return (
    <button
      type="button"
      class="link"
      data-testid="alert-station"
      title={messages.value.desk.openStation}
      onClick={() => open(alert.station)}
    >
      {alert.stationName}
    </button>
  );
}

/** What is wrong and what to do, in the words of the rule's author, and the rule itself in ours. */
function RuleInWords({ alert }: { readonly alert: Alert }) {
  const { store, formats } = useApp();
  const { documents } = useRules();
  const words = messages.value;
  const rule = documents.find(({ id }) => id === alert.rule);
  const description = pick(alert.description, language.value);
  const titleOf = titlesOf(documents, language.value);
  return (
    <section class="card-part" aria-label={words.desk.ruleHeading}>
      {description !== '' && <p class="card-alert-text">{description}</p>}
      {rule && (
        <>
          <h3>{words.desk.ruleHeading}</h3>
          {store.isPast.value && <p class="of-time of-now">{words.time.ruleNow}</p>}
          <p class="muted" data-testid="rule-words">
            {ruleSentences(rule, { language: language.value, words, formats: formats.value, uom: alert.uom, titleOf }).join(' ')}
          </p>
        </>
      )}
    </section>
  );
}

/** The unit that the alert concerns, and what else is open there. */
function Area({ alert }: { readonly alert: Alert }) {
  const { store } = useApp();
  const words = messages.value.desk;
  const { unit } = alert;
  if (unit === null) return null;
  const others = [...store.alerts.value.byId.values()].filter(
    (other) => other.id !== alert.id && isInSight(other) && other.unit?.code === unit.code,
  ).length;
  return (
    <section class="card-part" aria-label={words.areaHeading}>
      <h3>{words.areaHeading}</h3>
      <p>
        <a href={pageLink(['units', unit.code])} data-testid="area-page">
          {unitPath(unit, language.value)}
        </a>
      </p>
      {others > 0 && (
        <button
          type="button"
          class="link"
          data-testid="area-alerts"
          onClick={() => {
            store.desk.part.value = 'open';
            store.query.value = unitPath(unit, language.value).split(', ')[0] ?? '';
          }}
        >
          {words.alsoHere(others)}
        </button>
      )}
    </section>
  );
}
