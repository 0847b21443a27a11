import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type App, useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import { pick } from '../i18n/format';
import { fetchOpenAlerts } from '../rest/alertCommands';
import { sortAlerts } from '../state/alertOrder';
import { type Called, type CallWishes, calledFor, dueCalls, formatWishes, parseWishes } from '../state/calls';
import { worstFirst } from '../state/severity';
import type { Alert, Severity } from '../wire/types';
import { useAsked } from './useAsked';

const slot = 'ioc.alerts.calls';
const gatherMs = 1200;

const wishes = signal<CallWishes>(parseWishes(localStorage.getItem(slot)));

function wish(changes: Partial<CallWishes>): void {
  wishes.value = { ...wishes.value, ...changes };
  localStorage.setItem(slot, formatWishes(wishes.value));
}

/** Calls the operator by sound or on the desktop, once for all that come at about the same time. */
export function Caller() {
  const app = useApp();
  const table = usePresentAlerts();
  const called = useRef<Called | null>(null);
  const waiting = useRef(new Map<string, Alert>());
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    if (table === null) return;
    const alerts = [...table];
    if (called.current !== null)
      for (const alert of dueCalls(called.current, alerts, wishes.value.from)) waiting.current.set(alert.id, alert);
    called.current = calledFor(alerts);
    if (waiting.current.size === 0 || timer.current !== null) return;
    // Not begun anew with each alert: in a storm that would never come to an end.
    timer.current = setTimeout(() => {
      timer.current = null;
      const due = sortAlerts(waiting.current.values());
      waiting.current.clear();
      call(app, due);
    }, gatherMs);
  }, [table]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
    },
    [],
  );
  return null;
}

/** How many alerts have come since a replay was begun that nobody has acknowledged; null while there is none. */
export const missed = signal<number | null>(null);

const presentMs = 5_000;

/** The alerts that are open now, also while a replay shows those of the past; null while they are not known. */
function usePresentAlerts(): Iterable<Alert> | null {
  const { rest, store } = useApp();
  const table = store.alerts.value;
  const isPast = store.isPast.value;
  const before = useRef<ReadonlySet<string> | null>(null);
  const often = { everyMs: presentMs, hidden: true };
  const { told } = useAsked(isPast ? 'present' : null, (signal) => fetchOpenAlerts(rest, signal), [], often);
  if (!isPast && table.seen === null) before.current = new Set(table.byId.keys());
  useEffect(() => {
    if (told !== null) before.current ??= new Set(told.map(({ id }) => id));
    missed.value = told === null ? null : told.filter(({ id, acknowledged }) => !acknowledged && !before.current?.has(id)).length;
  }, [told]);
  return useMemo(() => (isPast ? told : table.seen === null ? [...table.byId.values()] : null), [isPast, told, table]);
}

function call(app: App, alerts: readonly Alert[]): void {
  const [worst] = alerts;
  if (worst === undefined) return;
  if (wishes.value.sound) playSound(worst.severity);
  if (!wishes.value.desktop || !canNotify() || Notification.permission !== 'granted') return;
  const words = messages.value;
  const severity = words.severity[worst.severity];
  const title =
    alerts.length === 1
      ? words.shift.notifyOne(severity, pick(worst.title, language.value))
      : words.shift.notifyMany(alerts.length, severity);
  // The same tag: a new call takes the place of one that nobody has read.
  const shown = new Notification(title, { body: worst.stationName, tag: 'ioc-alerts', icon: '/favicon.svg' });
  shown.onclick = () => {
    window.focus();
    if (app.store.isPast.peek()) app.endReplay();
    app.openAlert(worst);
  };
}

const canNotify = (): boolean => 'Notification' in window && window.isSecureContext;

/** Tones in hertz: more of them and higher the graver, as in IEC 60601-1-8, so that the ear knows which. */
const tones: Readonly<Record<Severity, readonly number[]>> = {
  minor: [440],
  moderate: [523, 440],
  severe: [659, 659, 784],
  extreme: [784, 784, 988, 784, 988],
};

let audio: AudioContext | null = null;

/** A page that nobody has touched since it was loaded may make no sound: the operator has to be told. */
export const soundBlocked = signal(false);
const startMs = 500;

function playSound(severity: Severity): void {
  audio ??= new AudioContext();
  const context = audio;
  context.onstatechange = () => {
    soundBlocked.value = context.state !== 'running';
  };
  void context.resume();
  setTimeout(() => {
    soundBlocked.value = context.state !== 'running';
  }, startMs);
  tones[severity].forEach((hertz, at) => {
    const begin = context.currentTime + 0.05 + at * 0.22;
    const oscillator = new OscillatorNode(context, { frequency: hertz, type: 'triangle' });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.25, begin + 0.02);
    volume.gain.linearRampToValueAtTime(0, begin + 0.18);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(begin + 0.2);
  });
}

/** Asks how the operator wants to be called. */
export function CallChoice() {
  const words = messages.value;
  const { sound, desktop, from } = wishes.value;
  const [denied, setDenied] = useState(false);
  const askDesktop = async (wanted: boolean) => {
    if (!wanted) return wish({ desktop: false });
    const permission = await Notification.requestPermission();
    setDenied(permission !== 'granted');
    wish({ desktop: permission === 'granted' });
  };
  return (
    <fieldset class="calls" data-testid="calls">
      <legend class="hidden">{words.shift.calls}</legend>
      <Check label={words.shift.sound} testId="call-sound" checked={sound} onChange={(on) => wish({ sound: on })} />
      {canNotify() ? (
        <Check label={words.shift.desktop} testId="call-desktop" checked={desktop} onChange={(on) => void askDesktop(on)} />
      ) : (
        <p class="muted">{words.shift.desktopMissing}</p>
      )}
      {denied && <p class="muted">{words.shift.desktopDenied}</p>}
      <SeverityFrom from={from} words={words} />
      <button type="button" class="tool" onClick={() => playSound(from)}>
        {words.shift.test}
      </button>
    </fieldset>
  );
}

function SeverityFrom({ from, words }: { readonly from: Severity; readonly words: Messages }) {
  return (
    <label class="calls-from">
      <span>{words.shift.fromSeverity}</span>
      <select value={from} onChange={(event) => wish({ from: worstFirst.find((each) => each === event.currentTarget.value) ?? 'severe' })}>
        {worstFirst.map((severity) => (
          <option key={severity} value={severity}>
            {words.severity[severity]}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CheckProps {
  readonly label: string;
  readonly testId: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Check({ label, testId, checked, onChange }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} data-testid={testId} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
