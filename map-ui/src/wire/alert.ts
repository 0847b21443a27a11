import { flag, list, number, oneOf, optional, record, text, time } from './guard';
import { type Alert, type AlertStory, type AlertTarget, type Bilingual, severities, type Transition, type UnitRef } from './types';

/** Read an alert; throws WireError where a member is missing or of the wrong type. */
export function decodeAlert(value: unknown): Alert {
  const json = record(value, 'alert');
  const optionalTime = (name: string) => optional(time, json[name], `alert.${name}`);
  // A source, a cluster of events or a dossier is no station: its subject stands in the place.
  const named = optional(text, json.station, 'alert.station');
  const station = named ?? text(json.subject, 'alert.subject');
  return {
    id: text(json.id, 'alert.id'),
    rule: text(json.rule, 'alert.rule'),
    kind: optional(text, json.kind, 'alert.kind') ?? 'threshold',
    subject: optional(text, json.subject, 'alert.subject') ?? station,
    target: decodeTarget(json.context),
    title: decodeBilingual(json.title, 'alert.title'),
    description: decodeBilingual(json.description ?? { vi: '', en: '' }, 'alert.description'),
    severity: oneOf(severities, json.severity, 'alert.severity'),
    condition: oneOf(['firing', 'recovering', 'normal'], json.condition, 'alert.condition'),
    quality: oneOf(['ok', 'stale', 'error'], json.quality ?? 'ok', 'alert.quality'),
    flapping: optional(flag, json.flapping, 'alert.flapping') ?? false,
    lateCorrections: optional(number, json.late_corrections, 'alert.late_corrections') ?? 0,
    station,
    isStation: named !== null,
    stationName: optional(text, json.station_name, 'alert.station_name') ?? station,
    property: optional(text, json.property, 'alert.property'),
    value: optional(number, json.value, 'alert.value'),
    limit: optional(number, json.limit, 'alert.limit'),
    direction: oneOf(['above', 'below'], json.direction, 'alert.direction'),
    uom: optional(text, json.uom, 'alert.uom'),
    lon: optional(number, json.lon, 'alert.lon'),
    lat: optional(number, json.lat, 'alert.lat'),
    unit: optional(decodeUnitRef, json.unit, 'alert.unit'),
    startedAt: time(json.started_at, 'alert.started_at'),
    firedAt: optionalTime('fired_at'),
    clearedAt: optionalTime('cleared_at'),
    updatedAt: time(json.updated_at, 'alert.updated_at'),
    acknowledged: flag(json.acknowledged, 'alert.acknowledged'),
    acknowledgedBy: optional(text, json.acknowledged_by, 'alert.acknowledged_by'),
    acknowledgedAt: optionalTime('acknowledged_at'),
    assignee: optional(text, json.assignee, 'alert.assignee'),
    shelvedUntil: optionalTime('shelved_until'),
    shelvedBy: optional(text, json.shelved_by, 'alert.shelved_by'),
    closedAt: optionalTime('closed_at'),
    closedBy: optional(text, json.closed_by, 'alert.closed_by'),
    closeReason: optional(text, json.close_reason, 'alert.close_reason'),
    comments: optional(number, json.comments, 'alert.comments') ?? 0,
    silencedBy: list(json.silenced_by ?? [], 'alert.silenced_by').map((id) => text(id, 'alert.silenced_by')),
    version: number(json.version, 'alert.version'),
  };
}

function decodeTarget(context: unknown): AlertTarget | null {
  const told = optional(record, context, 'alert.context') ?? {};
  if (told.title === undefined || told.period === undefined) return null;
  const atMost = optional(number, told.at_most, 'alert.context.at_most');
  return {
    indicator: optional(text, told.indicator, 'alert.context.indicator'),
    title: decodeBilingual(told.title, 'alert.context.title'),
    period: text(told.period, 'alert.context.period'),
    figure: optional(number, told.figure, 'alert.context.figure'),
    limit: atMost ?? optional(number, told.at_least, 'alert.context.at_least'),
    direction: atMost === null ? 'at_least' : 'at_most',
  };
}

/** Read an alert with its history, as `/v1/alerts/{id}` tells it. */
export function decodeStory(value: unknown): AlertStory {
  const transitions = list(record(value, 'alert').transitions, 'alert.transitions');
  return { alert: decodeAlert(value), transitions: transitions.map(decodeTransition) };
}

function decodeTransition(value: unknown): Transition {
  const json = record(value, 'transition');
  return {
    seq: number(json.seq, 'transition.seq'),
    time: time(json.time, 'transition.time'),
    recorded: time(json.recorded, 'transition.recorded'),
    kind: text(json.kind, 'transition.kind'),
    severity: oneOf(severities, json.severity, 'transition.severity'),
    value: optional(number, json.value, 'transition.value'),
    actor: text(json.actor, 'transition.actor'),
    note: optional(text, json.note, 'transition.note'),
    detail: optional(record, json.detail, 'transition.detail') ?? {},
  };
}

export function decodeUnitRef(value: unknown, place: string): UnitRef {
  const json = record(value, place);
  const nameVi = text(json.name_vi, `${place}.name_vi`);
  const nameEn = optional(text, json.name_en, `${place}.name_en`) ?? nameVi;
  return {
    code: text(json.code, `${place}.code`),
    nameVi,
    nameEn,
    pathVi: optional(text, json.path_vi, `${place}.path_vi`) ?? nameVi,
    pathEn: optional(text, json.path_en, `${place}.path_en`) ?? nameEn,
  };
}

export function decodeBilingual(value: unknown, place: string): Bilingual {
  const json = record(value, place);
  const vi = text(json.vi, `${place}.vi`);
  return { vi, en: optional(text, json.en, `${place}.en`) ?? vi };
}
