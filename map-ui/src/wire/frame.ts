import { decodeAlert } from './alert';
import { decodeCells } from './cell';
import { flag, type Json, list, number, optional, record, text, time, WireError } from './guard';
import { decodeLiveFigures } from './live-figure';
import { decodeRows } from './row';
import type { ServerFrame } from './types';

/** Read one frame of the stream; throws WireError for what is not in the contract. */
export function decodeFrame(message: string): ServerFrame {
  const json = record(parse(message), 'frame');
  const decode = decoders[text(json.type, 'type')];
  if (decode === undefined) throw new WireError(`frame type ${String(json.type)} is unknown`);
  return decode(json);
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    throw new WireError('frame is not JSON');
  }
}

const decoders: Readonly<Record<string, (json: Json) => ServerFrame>> = {
  welcome: (json) => ({
    type: 'welcome',
    session: text(json.session, 'session'),
    epoch: text(json.epoch, 'epoch'),
    heartbeatS: number(json.hb_s, 'hb_s'),
    role: optional(text, json.role, 'role'),
  }),
  snap: decodeSnapshot,
  d: (json) => {
    const delta = { type: 'd' as const, ...link(json), vseq: viewNumber(json), t: shownTime(json), removed: removed(json) };
    if (hasCells(json)) return { ...delta, cells: decodeCells(json.cols, json.rows) };
    if (hasFigures(json)) return { ...delta, liveFigures: decodeLiveFigures(json.cols, json.rows) };
    return { ...delta, rows: decodeRows(json.cols ?? [], json.rows ?? []) };
  },
  ev: (json) => ({ type: 'ev', ...link(json), alert: decodeAlert(json.alert), listed: flag(json.listed, 'listed') }),
  res: (json) => {
    const id = text(json.id, 'id');
    if (flag(json.ok, 'ok')) return { type: 'res', id, ok: true, result: json.result };
    return { type: 'res', id, ok: false, code: text(json.code, 'code'), detail: optional(text, json.detail, 'detail') ?? '' };
  },
  reset: (json) => ({ type: 'reset', id: text(json.id, 'id'), why: optional(text, json.why, 'why') ?? '' }),
  hb: (json) => ({
    type: 'hb',
    t: time(json.t, 't'),
    lagMs: optional(number, json.lag_ms, 'lag_ms'),
    degraded: json.mode === 'degraded' ? (optional(text, json.why, 'why') ?? '') : null,
    replay:
      json.mode === 'replay' ? { speed: number(json.speed, 'speed'), to: time(json.to, 'to'), ended: flag(json.ended, 'ended') } : null,
  }),
  err: (json) => ({ type: 'err', code: String(json.code), detail: optional(text, json.detail, 'detail') ?? '' }),
  bye: (json) => ({ type: 'bye', code: String(json.code), afterMs: optional(number, json.after_ms, 'after_ms') ?? 0 }),
};

function decodeSnapshot(json: Json): ServerFrame {
  const page = {
    type: 'snap' as const,
    id: text(json.id, 'id'),
    page: number(json.page, 'page'),
    last: flag(json.last, 'last'),
    seq: number(json.seq, 'seq'),
    vseq: viewNumber(json),
    t: shownTime(json),
  };
  if (json.alerts !== undefined) return { ...page, alerts: list(json.alerts, 'alerts').map(decodeAlert) };
  if (hasCells(json)) return { ...page, cells: decodeCells(json.cols, json.rows) };
  if (hasFigures(json)) return { ...page, liveFigures: decodeLiveFigures(json.cols, json.rows), removed: removed(json) };
  return { ...page, rows: decodeRows(json.cols, json.rows), removed: removed(json) };
}

const hasCells = (json: Json): boolean => Array.isArray(json.cols) && json.cols[0] === 'cell';

const hasFigures = (json: Json): boolean => Array.isArray(json.cols) && json.cols[1] === 'indicator';

const removed = (json: Json): string[] => list(json.rm ?? [], 'rm').map((id) => text(id, 'rm'));

const shownTime = (json: Json): number | null => optional(time, json.t, 't');

const viewNumber = (json: Json): number | null => optional(number, json.vseq, 'vseq');

function link(json: Json): { id: string; seq: number; prev: number } {
  return { id: text(json.id, 'id'), seq: number(json.seq, 'seq'), prev: number(json.prev, 'prev') };
}
