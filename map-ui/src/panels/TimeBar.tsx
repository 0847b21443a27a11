import { useSignal } from '@preact/signals';
import { useApp, zoneOf } from '../app';
import { language, messages } from '../i18n';
import { pick } from '../i18n/format';
import { fetchAlertsSince } from '../rest/alertCommands';
import { beforeAlert, fromLocalInput, localInput, reaches, sliderBounds, speeds, usualReach } from '../state/replay';
import type { Alert } from '../wire/types';
import { missed } from './Calls';
import { useAsked } from './useAsked';

/** The present or a replay of the past: when, how fast, and from which alert on. */
export function TimeBar() {
  const { store, formats } = useApp();
  const words = messages.value.time;
  const replay = store.replay.value;
  if (store.tool.value !== 'time' && replay === null) return null;
  return (
    <section class="time-bar" aria-label={words.heading} data-testid="time-bar" data-live={replay === null}>
      <Status />
      <Slider />
      <AlertJump />
      {missed.value !== null && missed.value > 0 && (
        <p class="time-why" role="status" data-testid="replay-missed">
          {words.missed(formats.value.number(missed.value))}
        </p>
      )}
      {store.replayRefused.value !== null && (
        <p class="time-why" role="alert">
          {words.refused(store.replayRefused.value)}
        </p>
      )}
    </section>
  );
}

/** Whether this is the present; go on, stop, faster. */
function Status() {
  const app = useApp();
  const { store, formats } = app;
  const words = messages.value.time;
  const replay = store.replay.value;
  const { number } = formats.value;
  return (
    <div class="time-status">
      <p class="time-mode" role="status">
        <span class="time-dot" aria-hidden="true" />
        {replay === null ? words.live : replay.at === null ? words.waiting : words.replay}
        {replay?.ended && ` · ${words.ended}`}
      </p>
      {replay !== null && (
        <>
          <button type="button" data-testid="replay-pause" onClick={() => app.holdReplay(!replay.paused)}>
            {replay.paused ? words.play : words.pause}
          </button>
          <button type="button" class="primary" data-testid="replay-live" onClick={() => app.endReplay()}>
            {words.toLive}
          </button>
        </>
      )}
      <label class="time-choice">
        <span>{words.speed}</span>
        <select
          value={store.replaySpeed.value}
          data-testid="replay-speed"
          onChange={(event) => {
            store.replaySpeed.value = Number(event.currentTarget.value);
            if (replay !== null) app.startReplay(replay.at ?? replay.from);
          }}
        >
          {[...new Set([...speeds, store.replaySpeed.value])].map((speed) => (
            <option key={speed} value={speed}>
              {words.times(number(speed))}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** The past hours as a slider, and a field for any other moment. */
function Slider() {
  const app = useApp();
  const { store, config, formats } = app;
  const words = messages.value.time;
  const reach = useSignal<number>(usualReach);
  const chosen = useSignal<number | null>(null);
  const zone = zoneOf(config.value);
  const present = store.present.value;
  const { first, last, step } = sliderBounds(present, reach.value);
  const shown = chosen.value ?? store.replay.value?.at ?? store.replay.value?.from ?? last;
  const go = (time: number) => {
    chosen.value = null;
    app.startReplay(time);
  };
  return (
    <div class="time-slider">
      <output class="time-shown">
        {formats.value.clock(shown)} · {formats.value.date(shown)} {formats.value.zone}
      </output>
      <input
        type="range"
        min={first}
        max={last}
        step={step}
        value={Math.max(first, Math.min(last, shown))}
        aria-label={words.slider}
        aria-valuetext={`${formats.value.date(shown)} ${formats.value.clock(shown)}`}
        data-testid="replay-slider"
        onInput={(event) => {
          chosen.value = event.currentTarget.valueAsNumber;
        }}
        onChange={(event) => go(event.currentTarget.valueAsNumber)}
      />
      <label class="time-choice">
        <span class="hidden">{words.reach}</span>
        <select
          value={reach.value}
          onChange={(event) => {
            reach.value = Number(event.currentTarget.value);
          }}
        >
          {reaches.map((hours) => (
            <option key={hours} value={hours}>
              {words.hours(hours)}
            </option>
          ))}
        </select>
      </label>
      <label class="time-choice">
        <span class="hidden">{words.moment}</span>
        <input
          type="datetime-local"
          max={localInput(present, zone)}
          value={localInput(shown, zone)}
          data-testid="replay-moment"
          onChange={(event) => {
            const time = fromLocalInput(event.currentTarget.value, zone);
            if (time !== null && time < present) go(time);
          }}
        />
      </label>
    </div>
  );
}

/** The alerts of the last week, also those that are over: choosing one replays how it came. */
function AlertJump() {
  const app = useApp();
  const words = messages.value;
  const alerts = useRecentAlerts();
  const choose = (id: string) => {
    const alert = alerts.find((each) => each.id === id);
    if (alert === undefined) return;
    app.startReplay(beforeAlert(alert.startedAt));
    app.open(alert.station, alert.lon === null || alert.lat === null ? undefined : { lon: alert.lon, lat: alert.lat });
  };
  return (
    <label class="time-choice time-alerts">
      <span>{words.time.alerts}</span>
      <select value="" data-testid="replay-alert" onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{words.time.chooseAlert}</option>
        {alerts.map((alert) => (
          <option key={alert.id} value={alert.id}>
            {`${app.formats.value.moment(alert.startedAt, app.store.present.value)} · ${pick(alert.title, language.value)} · ${alert.stationName}`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Without them one still finds any moment by the slider. */
function useRecentAlerts(): readonly Alert[] {
  const { rest, store } = useApp();
  const ask = async (signal: AbortSignal) => {
    const from = store.present.peek() - usualReach * 7 * 3600_000;
    const found = await fetchAlertsSince(rest, from, signal);
    return [...found].sort((a, b) => b.startedAt - a.startedAt);
  };
  return useAsked('recent', ask).told ?? [];
}
