import { useComputed } from '@preact/signals';
import { useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import { type Formats, pick, shortUnitPath } from '../i18n/format';
import { alertOf, isBeyondLimit, isCleared, isOutage, valueNow } from '../state/alerts';
import type { DeskForm } from '../state/desk';
import type { Alert } from '../wire/types';
import { AcknowledgeButton, AlertNotice } from './Acknowledge';
import { Ago } from './Ago';
import { formsOf } from './AlertActions';
import { StateSymbol } from './Symbol';
import { closeReasonName, subjectName } from './wording';

interface Props {
  readonly alert: Alert;
  /** Whether the Tab key stops here; the arrow keys reach the other rows. */
  readonly reachable: boolean;
  readonly onFocus: () => void;
}

/** The keys that begin something with the alert that has the focus; it is said in its card. */
const forms: Readonly<Record<string, DeskForm>> = { g: 'assign', c: 'comment', s: 'shelve', x: 'close', r: 'reopen' };

export function AlertRow({ alert, reachable, onFocus }: Props) {
  const app = useApp();
  const words = messages.value;
  const { desk } = app.store;
  const selected = desk.selectedAlert.value === alert.id;
  const news = desk.news.value.kinds.get(alert.id);
  const subject = subjectName(alert, app.store.units.value, language.value);
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const form = forms[event.key];
    if (event.key === 'a' && !alert.acknowledged && alert.closedAt === null) void app.command(alert, { op: 'acknowledge' });
    if (form === undefined) return;
    // Also where the alert cannot be treated so: there is nothing that the key should do instead.
    event.preventDefault();
    // Elsewhere on the page the same keys mean something else.
    event.stopPropagation();
    app.openAlert(alert);
    if (formsOf(alert).includes(form)) desk.form.value = form;
  };
  return (
    <div
      class="alert"
      data-testid="alert"
      data-alert-id={alert.id}
      data-station={alert.station}
      data-severity={alert.severity}
      data-condition={alert.condition}
      data-acknowledged={alert.acknowledged}
      data-selected={selected}
      onFocusIn={onFocus}
    >
      <button
        type="button"
        class="alert-open"
        data-row
        tabIndex={reachable ? 0 : -1}
        aria-current={selected}
        aria-describedby={`measure-${alert.id}`}
        onClick={() => app.openAlert(alert)}
        onKeyDown={press}
      >
        <StateSymbol state={alert.severity} hollow={isCleared(alert)} />
        <span class="alert-text">
          <span class="alert-top">
            <span class="alert-severity" data-severity={alert.severity}>
              {words.severity[alert.severity]}
              {news && (
                <span class="badge" data-testid="news-badge">
                  {words.desk.newsBadge[news]}
                </span>
              )}
            </span>
            <AlertSince alert={alert} />
          </span>
          <strong class="alert-title">{pick(alert.title, language.value)}</strong>
          {subject !== null && <span class="alert-station">{subject}</span>}
          <span class="alert-unit">{alert.unit ? shortUnitPath(alert.unit, language.value) : words.station.noUnit}</span>
        </span>
      </button>
      <div class="alert-foot">
        <div id={`measure-${alert.id}`}>
          <AlertMeasure alert={alert} />
          <span class="alert-status">{statusOf(alert, words, app.formats.value, app.store.now.peek())}</span>
        </div>
        <AcknowledgeButton alert={alert} tabIndex={reachable ? 0 : -1} />
      </div>
      <AlertNotice alert={alert} />
    </div>
  );
}

/** Since when: how long, and the time of day with its zone. */
export function AlertSince({ alert }: { readonly alert: Alert }) {
  const { formats, store } = useApp();
  const now = store.now.peek() + store.connection.peek().skewMs;
  return (
    <span class="alert-age">
      <Ago time={alert.startedAt} /> · {messages.value.alerts.since(`${formats.value.moment(alert.startedAt, now)} ${formats.value.zone}`)}
    </span>
  );
}

/** The newest value against the limit, both with their unit of measure. */
export function AlertMeasure({ alert }: { readonly alert: Alert }) {
  const { store } = useApp();
  const words = messages.value.alerts;
  const { quantity } = useApp().formats.value;
  // Text, so that only another value draws the row anew, not every change of a station.
  const now = useComputed(() => {
    void store.stationsVersion.value;
    const known = alertOf(store.alerts.value, alert.id) ?? alert;
    return JSON.stringify(valueNow(known, store.stations.rows.get(known.station)));
  }).value;
  const { value, isNewest } = JSON.parse(now) as ReturnType<typeof valueNow>;
  const beyond = isBeyondLimit(alert, value);
  // What is compared with the limit of an alert of no property is a duration or a number that the title tells in words.
  if (alert.property === null) return null;
  return (
    <span class="alert-measure">
      {isOutage(alert) ? (
        <b>{beyond ? words.outOfService : words.inService}</b>
      ) : (
        <>
          <b>{quantity(value, alert.uom)}</b>
          {alert.limit !== null && <span>{limitText(alert, beyond, quantity(alert.limit, alert.uom), words)}</span>}
        </>
      )}
      {!isNewest && value !== null && <span class="muted">{words.whenFired}</span>}
    </span>
  );
}

function limitText(alert: Alert, beyond: boolean, limit: string, words: Messages['alerts']): string {
  if (!beyond) return words.limit(limit);
  return alert.direction === 'above' ? words.limitAbove(limit) : words.limitBelow(limit);
}

/** How it stands and what has been done about it, in a few words. */
export function statusOf(alert: Alert, words: Messages, formats: Formats, now: number): string {
  const moment = (time: number) => formats.moment(time, now);
  const parts: string[] = [];
  if (isCleared(alert)) parts.push(alert.acknowledged ? words.desk.conditions.normal.toLowerCase() : words.alerts.cleared);
  if (alert.condition === 'recovering') parts.push(words.alerts.recovering);
  if (alert.quality !== 'ok') parts.push(words.desk.staleData);
  if (alert.flapping) parts.push(words.desk.flapping);
  if (alert.closedAt !== null) {
    const why = alert.closeReason === null ? '' : closeReasonName(alert.closeReason, words).toLowerCase();
    parts.push(words.desk.closedBy(alert.closedBy ?? words.desk.engine, moment(alert.closedAt), why));
    if (!isCleared(alert)) parts.push(words.desk.closedHoldsShort);
  }
  if (alert.acknowledged) {
    const { acknowledgedBy, acknowledgedAt } = alert;
    const known = acknowledgedBy !== null && acknowledgedAt !== null;
    parts.push(known ? words.alerts.acknowledgedBy(acknowledgedBy, moment(acknowledgedAt)) : words.alerts.acknowledged);
  }
  if (alert.assignee !== null) parts.push(words.desk.assignedTo(alert.assignee));
  if (alert.shelvedUntil !== null) parts.push(words.desk.shelvedUntil(moment(alert.shelvedUntil)));
  if (alert.silencedBy.length > 0) parts.push(words.desk.silenced);
  if (alert.comments > 0) parts.push(words.desk.comments(alert.comments));
  return parts.join(' · ');
}
