import { useComputed } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { formatAge } from '../i18n/format';
import { isKnown } from '../state/alerts';
import { dataAge } from '../state/connection';
import { worstFirst } from '../state/severity';
import { oldAfter } from '../state/stations';
import { ConnectionBadge } from './ConnectionBadge';
import { CopyLink, LanguageSwitch, ThemeSwitch, WallButton } from './Switches';
import { StateSymbol } from './Symbol';

interface Props {
  readonly onHelp: () => void;
}

/** What must always be in sight: how many alerts, whether the picture is live and how old, the time. */
export function Header({ onHelp }: Props) {
  const { store } = useApp();
  const words = messages.value;
  return (
    <header class="header">
      <h1 class="brand">
        <span class="brand-mark" aria-hidden="true" />
        <span class="brand-name">IOC</span>
        <span class="brand-product">{words.product}</span>
      </h1>
      <Counters />
      <div class="header-status">
        <ConnectionBadge />
        <DataAge />
        <Clock />
      </div>
      <div class="header-tools">
        <LanguageSwitch />
        <ThemeSwitch />
        <WallButton />
        <CopyLink />
        {(store.keyWanted.value || store.role.value === null) && (
          <button type="button" class="tool" onClick={() => (store.keyWanted.value = true)}>
            {words.header.key}
          </button>
        )}
        <button type="button" class="tool tool-square" aria-label={words.header.shortcuts} title={words.header.shortcuts} onClick={onHelp}>
          ?
        </button>
      </div>
    </header>
  );
}

export function Counters() {
  const { store } = useApp();
  const words = messages.value;
  const { open, bySeverity, overBySeverity, unacknowledged } = store.counts.value;
  if (open === 0) {
    return <p class="counters counters-calm">{isKnown(store.alerts.value) ? words.header.calm : words.header.unknown}</p>;
  }
  return (
    <ul class="counters" data-testid="counters">
      {worstFirst.map((severity) => (
        <li
          key={severity}
          class="counter"
          data-severity={severity}
          data-zero={bySeverity[severity] === 0}
          title={words.header.openOf(words.severity[severity], bySeverity[severity], overBySeverity[severity])}
        >
          <StateSymbol state={severity} />
          <b>{bySeverity[severity]}</b>
          <span class="counter-word">{words.severityShort[severity]}</span>
        </li>
      ))}
      <li class="counter-unacknowledged" data-zero={unacknowledged === 0} title={words.header.unacknowledgedOf(open)}>
        {words.header.unacknowledged(unacknowledged)}
      </li>
    </ul>
  );
}

export function DataAge() {
  const { store } = useApp();
  // Intervals change seldom.
  const minute = useComputed(() => Math.floor(store.now.value / 60_000));
  const limit = useComputed(() => {
    void minute.value;
    return oldAfter(store.stations.rows.values());
  });
  const age = useComputed(() => dataAge(store.connection.value, store.now.value));
  const isOld = useComputed(() => age.value !== null && age.value > limit.value);
  const text = useComputed(() => {
    const words = messages.value.age;
    if (age.value === null) return words.none;
    return (isOld.value ? words.old : words.data)(formatAge(age.value, words));
  });
  // Of a replay it would tell how old the data were then.
  if (store.isPast.value) return null;
  return (
    <p class="data-age" data-testid="data-age" data-old={isOld}>
      {text}
    </p>
  );
}

export function Clock() {
  const { store, formats } = useApp();
  const now = useComputed(() => store.now.value + store.connection.value.skewMs);
  const clock = useComputed(() => formats.value.clock(now.value));
  const day = useComputed(() => formats.value.date(now.value));
  return (
    <p class="clock" data-past={store.isPast.value}>
      <b>{clock}</b>
      <span>
        {day} {formats.value.zone}
      </span>
    </p>
  );
}
