import { useApp } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { isCleared } from '../state/alerts';
import type { Alert } from '../wire/types';
import { AcknowledgeButton, AlertNotice } from './Acknowledge';
import { Ago } from './Ago';
import { StateSymbol } from './Symbol';

/** The open alerts of the selected station. */
export function StationAlerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  const { openAlert } = useApp();
  const words = messages.value;
  if (alerts.length === 0) return null;
  return (
    <div class="card-alerts">
      <h3>{words.station.openAlerts}</h3>
      <ul>
        {alerts.map((alert) => (
          <li key={alert.id} class="card-alert" data-severity={alert.severity}>
            <StateSymbol state={alert.severity} hollow={isCleared(alert)} />
            <div>
              <button type="button" class="link" data-testid="station-alert" onClick={() => openAlert(alert)}>
                <strong>{pick(alert.title, language.value)}</strong>
              </button>
              <p class="muted">
                {words.severity[alert.severity]} · <Ago time={alert.startedAt} /> · <Status alert={alert} />
              </p>
              <p class="card-alert-text">{pick(alert.description, language.value)}</p>
              <AlertNotice alert={alert} />
            </div>
            <AcknowledgeButton alert={alert} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Status({ alert }: { readonly alert: Alert }) {
  const { formats, store } = useApp();
  const words = messages.value.alerts;
  const { acknowledged, acknowledgedBy, acknowledgedAt } = alert;
  if (acknowledged && acknowledgedBy !== null && acknowledgedAt !== null) {
    return <span>{words.acknowledgedBy(acknowledgedBy, formats.value.moment(acknowledgedAt, store.now.peek()))}</span>;
  }
  if (acknowledged) return <span>{words.acknowledged}</span>;
  return <span>{isCleared(alert) ? words.cleared : words.unacknowledged}</span>;
}
