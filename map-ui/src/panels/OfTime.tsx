import { useApp } from '../app';
import { messages } from '../i18n';

/** What a part of the page is of while a replay shows the past: of that moment, or (`now`) of the present all the same. Silent when live. */
export function OfTime({ at, now }: { readonly at?: number | null | undefined; readonly now?: boolean }) {
  const { store } = useApp();
  const words = messages.value.time;
  if (!store.isPast.value) return null;
  if (now) return <p class="of-time of-now">{words.ofNow}</p>;
  return (
    <p class="of-time" data-testid="of-time">
      <Moment at={at} />
    </p>
  );
}

/** Apart, since the time of a replay changes several times a second. */
function Moment({ at }: { readonly at: number | null | undefined }) {
  const { store, formats } = useApp();
  const words = messages.value.time;
  const time = Math.floor((at ?? store.shown.value) / 1000) * 1000;
  if (store.stretch.value === null) return <>{words.waiting}</>;
  const { clock, date, zone } = formats.value;
  return <>{words.ofMoment(`${clock(time)} · ${date(time)} ${zone}`)}</>;
}
