import { useSignal } from '@preact/signals';
import { useApp, zoneOf } from '../app';
import { messages } from '../i18n';
import { fromField, toField } from '../state/localTime';
import { type Handover as Document, decodeHandover } from '../wire/handover';
import { HandoverDocument } from './HandoverDocument';
import { printPage } from './printing';
import { StagePane } from './StagePane';
import { useAsked } from './useAsked';

const hourMs = 3600_000;
const aheadMs = 2000;
/** The longest that the service tells at once, less what the clock is ahead. */
const longestMs = 31 * 24 * hourMs - 2 * aheadMs;
const shiftHours = [8, 12, 24] as const;

type Period = readonly [from: number, to: number];

/** What changed between two times: the last eight hours unless chosen otherwise. */
export function HandoverPane() {
  const { store } = useApp();
  const words = messages.value.shift;
  // A little ahead, so that what was done a moment ago is told; the service goes no further than its own clock.
  const now = () => Date.now() + store.connection.peek().presentSkewMs + aheadMs;
  const period = useSignal<Period>([now() - 8 * hourMs, now()]);
  const { document, failure } = useHandover(period.value);
  const tools = (
    <button type="button" class="tool" data-testid="handover-print" onClick={printPage}>
      {words.print}
    </button>
  );
  return (
    <StagePane title={words.handover} testId="handover" tools={tools} ofNow>
      <PeriodChoice
        period={period.value}
        now={now}
        onChoose={(next) => {
          period.value = next;
        }}
      />
      <div aria-live="polite">
        {failure !== null && <p class="empty">{words.failed(failure)}</p>}
        {failure === null && document === null && <p class="empty">{words.loading}</p>}
      </div>
      {document && <HandoverDocument document={document} />}
    </StagePane>
  );
}

interface PeriodProps {
  readonly period: Period;
  readonly now: () => number;
  readonly onChoose: (period: Period) => void;
}

function PeriodChoice({ period: [from, to], now, onChoose }: PeriodProps) {
  const { config } = useApp();
  const words = messages.value.shift;
  const zone = zoneOf(config.value);
  return (
    <div class="period no-print">
      <TimeField label={words.from} testId="handover-from" time={from} zone={zone} onChange={(time) => time < to && onChoose([time, to])} />
      <TimeField label={words.to} testId="handover-to" time={to} zone={zone} onChange={(time) => time > from && onChoose([from, time])} />
      <div class="action-buttons">
        <button type="button" class="tool" data-testid="handover-earlier" onClick={() => onChoose([from - (to - from), from])}>
          ← {words.earlier}
        </button>
        <button
          type="button"
          class="tool"
          aria-disabled={to >= now()}
          onClick={() => to < now() && onChoose([to, Math.min(now(), to + (to - from))])}
        >
          {words.later} →
        </button>
        <LastHours now={now} onChoose={onChoose} />
      </div>
    </div>
  );
}

function LastHours({ now, onChoose }: Omit<PeriodProps, 'period'>) {
  const { store } = useApp();
  const words = messages.value.shift;
  const looked = store.desk.looked.value;
  return (
    <>
      {shiftHours.map((hours) => (
        <button
          key={hours}
          type="button"
          class="tool"
          data-testid={`handover-${hours}`}
          onClick={() => onChoose([now() - hours * hourMs, now()])}
        >
          {words.hoursBack(hours)}
        </button>
      ))}
      {looked !== null && (
        <button type="button" class="tool" onClick={() => onChoose([Math.max(looked.at, now() - longestMs), now()])}>
          {words.sinceLooked}
        </button>
      )}
    </>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly testId: string;
  readonly time: number;
  readonly zone: string;
  readonly onChange: (time: number) => void;
}

function TimeField({ label, testId, time, zone, onChange }: TimeFieldProps) {
  const { formats } = useApp();
  return (
    <label class="time-field">
      <span>
        {label} ({formats.value.zone})
      </span>
      <input
        type="datetime-local"
        value={toField(time, zone)}
        data-testid={testId}
        onChange={(event) => {
          const told = fromField(event.currentTarget.value, zone);
          if (told !== null) onChange(told);
        }}
      />
    </label>
  );
}

/** The hand-over of a period; that of before stays while the service is away. */
function useHandover([from, to]: Period): { document: Document | null; failure: string | null } {
  const { rest } = useApp();
  const query = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  const { told, failure } = useAsked('handover', (signal) => rest.get(`/v1/handover?${query}`, decodeHandover, signal), [from, to]);
  return { document: told, failure };
}
