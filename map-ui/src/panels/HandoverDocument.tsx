import type { ComponentChildren } from 'preact';
import { useApp } from '../app';
import { language, type Messages, messages } from '../i18n';
import { formatSpan, pick, unitPath } from '../i18n/format';
import { type Handover, type HandoverSilence, type Happened, happenings, type Standing } from '../wire/handover';
import { labelWithin } from './periodWords';
import { StateSymbol } from './Symbol';
import { areaText, matcherText } from './silenceWords';
import { closeReasonName } from './wording';

const mostRows = 500;
type Columns = Messages['shift']['columns'];

/** A sentence that sums up, then what stands, then what happened: to read, to print and to read aloud. */
export function HandoverDocument({ document }: { readonly document: Handover }) {
  const { formats } = useApp();
  const words = messages.value.shift;
  const { shelved, happened, silences } = document;
  const standing = standingOf(document);
  const moment = (time: number) => `${formats.value.moment(time, document.to)} ${formats.value.date(time)}`;
  const unseen = standing.open.filter((entry) => entry.acknowledgedBy === null).length;
  return (
    <div class="handover" data-testid="handover-document">
      <p class="handover-summary">
        {words.summary(
          moment(document.from),
          moment(document.to),
          happened.opened.length,
          happened.worsened.length,
          happened.cleared.length,
          happened.closed.length,
        )}{' '}
        {words.stands(standing.open.length, unseen, standing.over.length, shelved.length, standing.targets.length)}
      </p>
      {(['open', 'over', 'targets'] as const).map((name) => (
        <Section
          key={name}
          name={name}
          heads={['severity', 'alert', 'place', 'since', 'age', 'state', 'hand']}
          rows={standing[name].map((entry) => <OpenRow key={entry.id} entry={entry} />)}
        />
      ))}
      <Section
        name="shelved"
        heads={['back', 'severity', 'alert', 'place', 'who']}
        rows={shelved.map((entry) => <ShelvedRow key={entry.id} entry={entry} />)}
      />
      <Section
        name="silences"
        heads={['until', 'hides', 'who', 'note']}
        rows={silences.map((silence) => <SilenceRow key={silence.id} silence={silence} />)}
      />
      {happenings.map((name) => (
        <Section
          key={name}
          name={name}
          heads={['at', 'severity', 'alert', 'place', 'who', 'note']}
          rows={happened[name].map((entry, at) => <HappenedRow key={`${at} ${entry.id}`} entry={entry} />)}
        />
      ))}
    </div>
  );
}

/** What stands, taken apart: what goes on, what is over and nobody has acknowledged, and what is about targets. */
function standingOf({ open }: Handover): Readonly<Record<'open' | 'over' | 'targets', readonly Standing[]>> {
  const targets = open.filter(({ kind }) => kind === 'target');
  const others = open.filter(({ kind }) => kind !== 'target');
  return {
    open: others.filter(({ condition }) => condition !== 'normal'),
    over: others.filter(({ condition }) => condition === 'normal'),
    targets,
  };
}

interface SectionProps {
  readonly name: keyof Messages['shift']['sections'];
  readonly heads: readonly (keyof Columns)[];
  readonly rows: readonly ComponentChildren[];
}

function Section({ name, heads, rows }: SectionProps) {
  const words = messages.value.shift;
  return (
    <section class="handover-section" data-testid={`handover-${name}`}>
      <h3>
        {words.sections[name]} ({rows.length})
      </h3>
      {rows.length === 0 ? (
        <p class="muted">{words.none}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls on a phone must be reachable by keyboard
        // biome-ignore lint/a11y/useSemanticElements: there are no fields in it
        <div class="handover-table" role="group" tabIndex={0} aria-label={words.sections[name]}>
          <table>
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    {words.columns[head]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{rows.slice(0, mostRows)}</tbody>
          </table>
        </div>
      )}
      {rows.length > mostRows && <p class="muted">{words.more(rows.length - mostRows)}</p>}
    </section>
  );
}

function titleOf({ title, figure }: Standing | Happened): string {
  const said = pick(title, language.value);
  return figure === null ? said : `${said}: ${pick(figure.title, language.value)} · ${labelWithin(figure.period, language.value)}`;
}

/** Severity, title and place: three cells. */
function What({ entry }: { readonly entry: Standing | Happened }) {
  const words = messages.value;
  const place = [entry.stationName ?? (entry.unit === null ? entry.subject : null), entry.unit && unitPath(entry.unit, language.value)];
  return (
    <>
      <td>
        <span class="cell-state">
          <StateSymbol state={entry.severity} />
          {words.severityShort[entry.severity]}
        </span>
      </td>
      <td>{titleOf(entry)}</td>
      <td>{place.filter(Boolean).join(', ')}</td>
    </>
  );
}

function When({ time }: { readonly time: number }) {
  const { formats, store } = useApp();
  return (
    <td class="cell-age">
      <time dateTime={new Date(time).toISOString()}>{formats.value.moment(time, store.now.peek())}</time>
    </td>
  );
}

function OpenRow({ entry }: { readonly entry: Standing }) {
  const words = messages.value;
  const said = words.shift;
  const states = [
    words.desk.conditions[entry.condition].toLowerCase(),
    entry.acknowledgedBy === null ? said.unseen : said.seenBy(entry.acknowledgedBy),
    ...(entry.silenced ? [words.desk.silenced] : []),
  ];
  return (
    <tr>
      <What entry={entry} />
      <When time={entry.firedAt} />
      <td class="cell-age">{formatSpan(entry.ageS, words.age)}</td>
      <td>{states.join('; ')}</td>
      <td>{entry.assignee ?? said.nobody}</td>
    </tr>
  );
}

function ShelvedRow({ entry }: { readonly entry: Standing }) {
  return (
    <tr>
      <When time={entry.shelvedUntil ?? entry.firedAt} />
      <What entry={entry} />
      <td>{entry.shelvedBy}</td>
    </tr>
  );
}

function HappenedRow({ entry }: { readonly entry: Happened }) {
  const words = messages.value;
  const { detail } = entry;
  const told = [
    typeof detail.reason === 'string' ? closeReasonName(detail.reason, words).toLowerCase() : null,
    typeof detail.reason === 'string' && typeof detail.condition === 'string' && detail.condition !== 'normal' ? words.desk.stepHeld : null,
    'assignee' in detail ? `→ ${typeof detail.assignee === 'string' ? detail.assignee : words.desk.nobody}` : null,
    entry.note,
  ];
  return (
    <tr>
      <When time={entry.time} />
      <What entry={entry} />
      <td>{entry.actor === 'engine' ? words.desk.engine : entry.actor}</td>
      <td>{told.filter(Boolean).join('; ')}</td>
    </tr>
  );
}

function SilenceRow({ silence }: { readonly silence: HandoverSilence }) {
  const words = messages.value.shift;
  const hides = [...silence.matchers.map((matcher) => matcherText(matcher, words)), areaText(silence.area, words)].filter(Boolean);
  return (
    <tr>
      <When time={silence.endsAt} />
      <td>
        {hides.join('; ')}
        {!silence.inForce && ` (${words.over})`}
      </td>
      <td>{silence.createdBy}</td>
      <td>{silence.comment}</td>
    </tr>
  );
}
