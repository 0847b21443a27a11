/** Examples that the tests vary. */
import { decodeAlert } from '../src/wire/alert';
import type { Alert, Cell, StateDelta, StateRow, StateSnapshot } from '../src/wire/types';

export const alertJson = {
  id: 'a1',
  rule: 'rain',
  figure: null,
  title: { vi: 'Mưa rất to', en: 'Very heavy rain' },
  description: { vi: '', en: '' },
  severity: 'severe',
  condition: 'firing',
  subject: 'bg-hydro/mua-1/rain_1h',
  station: 'bg-hydro/mua-1',
  station_name: 'Trạm đo mưa Thắng',
  property: 'rain_1h',
  value: 60,
  limit: 50,
  direction: 'above',
  uom: 'mm/h',
  lon: 106.1,
  lat: 21.3,
  unit: { code: '07201', valid_from: '2020-01-01', name_vi: 'Thị trấn Thắng', name_en: 'Thang', path_vi: 'Thị trấn Thắng, Huyện Hiệp Hòa' },
  started_at: '2026-11-22T05:00:00Z',
  fired_at: '2026-11-22T05:00:10Z',
  cleared_at: null,
  updated_at: '2026-11-22T05:00:10Z',
  acknowledged: false,
  acknowledged_by: null,
  acknowledged_at: null,
  version: 1,
};

export const alert = (changes: Partial<Alert> = {}): Alert => ({ ...decodeAlert(alertJson), ...changes });

export const row = (changes: Partial<StateRow> = {}): StateRow => ({
  id: 'bg-hydro/mua-1',
  kind: 'rain_gauge',
  name: 'Trạm đo mưa Thắng',
  lon: 106.1,
  lat: 21.3,
  moving: false,
  speed: null,
  heading: null,
  state: 'normal',
  t: 1_000_000,
  intervalS: 20,
  unit: '07201',
  values: {},
  ...changes,
});

export const cell = (id: string): Cell => ({
  id,
  bbox: [105, 20, 106, 21],
  lon: 105.5,
  lat: 20.5,
  count: 4,
  state: 'severe',
  states: [3, 0, 0, 1, 0],
  t: 1_000_000,
});

/** Pages and changes of the stream, whole and next to one another unless told otherwise. */
export const page = (changes: Partial<StateSnapshot>): StateSnapshot => ({
  type: 'snap',
  id: 'state-1',
  page: 0,
  last: true,
  seq: 1,
  vseq: null,
  t: null,
  rows: [],
  removed: [],
  ...changes,
});

export const delta = (changes: Partial<StateDelta>): StateDelta => ({
  type: 'd',
  id: 'state-1',
  seq: 2,
  prev: 1,
  vseq: null,
  t: null,
  rows: [],
  removed: [],
  ...changes,
});

export const alertPage = (alerts: Alert[], changes = {}) => ({
  type: 'snap' as const,
  id: 'alerts-1',
  page: 0,
  last: true,
  seq: 1,
  vseq: null,
  t: null,
  alerts,
  ...changes,
});
