import { messages } from '../i18n';
import { type WeeklyHours, weekdays } from '../state/silenceDraft';
import { Field } from './SilenceScope';

const usual: WeeklyHours = { days: [...weekdays], from: '22:00', to: '06:00' };

interface Props {
  readonly hours: WeeklyHours | null;
  readonly onChange: (hours: WeeklyHours | null) => void;
}

/** Whether a silence hides all the time, or in some hours of some days of the week only. */
export function SilenceHours({ hours, onChange }: Props) {
  const words = messages.value.shift;
  return (
    <>
      <Field label={words.when}>
        <select
          value={hours === null ? 'always' : 'weekly'}
          data-testid="silence-when"
          onChange={(event) => onChange(event.currentTarget.value === 'weekly' ? usual : null)}
        >
          <option value="always">{words.whenAlways}</option>
          <option value="weekly">{words.whenWeekly}</option>
        </select>
      </Field>
      {hours !== null && <Weekly hours={hours} onChange={onChange} />}
    </>
  );
}

function Weekly({ hours, onChange }: Props & { readonly hours: WeeklyHours }) {
  const words = messages.value.shift;
  const toggle = (day: (typeof weekdays)[number]) => {
    const isOn = hours.days.includes(day);
    onChange({ ...hours, days: weekdays.filter((each) => (each === day ? !isOn : hours.days.includes(each))) });
  };
  return (
    <fieldset class="silence-hours">
      <legend>{words.whenDays}</legend>
      {weekdays.map((day) => (
        <label key={day} class="check">
          <input type="checkbox" checked={hours.days.includes(day)} data-testid={`silence-${day}`} onChange={() => toggle(day)} />
          <span>{words.weekdays[day]}</span>
        </label>
      ))}
      {(['from', 'to'] as const).map((end) => (
        <label key={end}>
          <span>{words[end]}</span>
          <input
            type="time"
            required
            value={hours[end]}
            data-testid={`silence-hours-${end}`}
            onChange={(event) => onChange({ ...hours, [end]: event.currentTarget.value })}
          />
        </label>
      ))}
    </fieldset>
  );
}
