import { decodeBilingual, decodeUnitRef } from './alert';
import { flag, type Json, list, number, oneOf, optional, record, text, time } from './guard';
import { decodeMatcher, type Matcher } from './silence';
import { type Bilingual, type Condition, type Severity, severities, type UnitRef } from './types';

/** What a hand-over tells of what happened, in the order in which it is read. */
export const happenings = ['opened', 'worsened', 'acknowledged', 'assigned', 'cleared', 'closed', 'reopened', 'comments'] as const;
export type Happening = (typeof happenings)[number];

interface Facts {
  readonly id: string;
  readonly kind: string;
  readonly title: Bilingual;
  /** Of which figure of which period it is, where it is about a target. */
  readonly figure: { readonly title: Bilingual; readonly period: string } | null;
  readonly subject: string;
  readonly stationName: string | null;
  readonly unit: UnitRef | null;
  readonly severity: Severity;
}

export interface Happened extends Facts {
  readonly time: number;
  readonly actor: string;
  readonly note: string | null;
  readonly detail: Json;
}

export interface Standing extends Facts {
  readonly condition: Condition;
  readonly firedAt: number;
  readonly ageS: number;
  readonly acknowledgedBy: string | null;
  readonly assignee: string | null;
  readonly shelvedUntil: number | null;
  readonly shelvedBy: string | null;
  readonly silenced: boolean;
}

export interface HandoverSilence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly area: Json | null;
  readonly comment: string;
  readonly createdBy: string;
  readonly endsAt: number;
  readonly inForce: boolean;
}

/** What changed between two times, and how things stood at the end (docs/alerts.md, Hand-over). */
export interface Handover {
  readonly from: number;
  readonly to: number;
  readonly open: readonly Standing[];
  readonly shelved: readonly Standing[];
  readonly clearedUnseen: readonly Happened[];
  readonly happened: Readonly<Record<Happening, readonly Happened[]>>;
  readonly silences: readonly HandoverSilence[];
}

export function decodeHandover(value: unknown): Handover {
  const json = record(value, 'handover');
  const told = (name: string) => list(json[name], name).map(decodeHappened);
  return {
    from: time(json.from, 'from'),
    to: time(json.to, 'to'),
    open: list(json.open, 'open').map(decodeStanding),
    shelved: list(json.shelved, 'shelved').map(decodeStanding),
    clearedUnseen: told('cleared_unseen'),
    happened: Object.fromEntries(happenings.map((name) => [name, told(name)])) as unknown as Handover['happened'],
    silences: list(json.silences, 'silences').map(decodeSilence),
  };
}

function decodeFacts(json: Json): Facts {
  return {
    id: text(json.id, 'id'),
    kind: text(json.kind, 'kind'),
    title: decodeBilingual(json.title, 'title'),
    figure: optional(decodeFigure, json.figure, 'figure'),
    subject: text(json.subject, 'subject'),
    stationName: optional(text, json.station_name, 'station_name'),
    unit: optional(decodeUnitRef, json.unit, 'unit'),
    severity: oneOf(severities, json.severity, 'severity'),
  };
}

function decodeFigure(value: unknown, place: string): NonNullable<Facts['figure']> {
  const json = record(value, place);
  return { title: decodeBilingual(json.title, `${place}.title`), period: text(json.period, `${place}.period`) };
}

function decodeHappened(value: unknown): Happened {
  const json = record(value, 'entry');
  return {
    ...decodeFacts(json),
    time: time(json.time, 'time'),
    actor: text(json.actor, 'actor'),
    note: optional(text, json.note, 'note'),
    detail: optional(record, json.detail, 'detail') ?? {},
  };
}

function decodeStanding(value: unknown): Standing {
  const json = record(value, 'standing');
  return {
    ...decodeFacts(json),
    condition: oneOf(['firing', 'recovering', 'normal'], json.condition, 'condition'),
    firedAt: time(json.fired_at, 'fired_at'),
    ageS: number(json.age_s, 'age_s'),
    acknowledgedBy: optional(text, json.acknowledged_by, 'acknowledged_by'),
    assignee: optional(text, json.assignee, 'assignee'),
    shelvedUntil: optional(time, json.shelved_until, 'shelved_until'),
    shelvedBy: optional(text, json.shelved_by, 'shelved_by'),
    silenced: list(json.silenced_by, 'silenced_by').length > 0,
  };
}

function decodeSilence(value: unknown): HandoverSilence {
  const json = record(value, 'silence');
  return {
    id: text(json.id, 'silence.id'),
    matchers: list(json.matchers, 'silence.matchers').map(decodeMatcher),
    area: optional(record, json.area, 'silence.area'),
    comment: text(json.comment, 'silence.comment'),
    createdBy: text(json.created_by, 'silence.created_by'),
    endsAt: time(json.ends_at, 'silence.ends_at'),
    inForce: flag(json.in_force, 'silence.in_force'),
  };
}
