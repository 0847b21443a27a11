import { decodeUnitRef } from './alert';
import { type Json, list, number, oneOf, optional, record, text, time } from './guard';
import { type Bucket, type Config, type PropertyDescription, type StateRow, type Station, severities } from './types';

export function decodeConfig(value: unknown): Config {
  const json = record(value, 'config');
  const baseMap = optional(record, json.base_map, 'base_map');
  return {
    version: text(json.version, 'version'),
    timeZone: text(json.time_zone, 'time_zone'),
    baseMap: baseMap && {
      tiles: list(baseMap.tiles, 'base_map.tiles').map((url) => text(url, 'base_map.tiles')),
      attribution: optional(text, baseMap.attribution, 'base_map.attribution') ?? '',
    },
    role: optional(text, json.role, 'role'),
    caller: optional(text, json.caller, 'caller'),
    unitsCollection: text(record(json.units, 'units').collection, 'units.collection'),
  };
}

export function decodeStation(value: unknown): Station {
  const json = record(value, 'station');
  const properties: Record<string, PropertyDescription> = {};
  for (const [name, description] of Object.entries(record(json.properties ?? {}, 'station.properties'))) {
    properties[name] = decodeProperty(record(description, `station.properties.${name}`));
  }
  return {
    id: text(json.id, 'station.id'),
    name: optional(text, json.name, 'station.name') ?? text(json.id, 'station.id'),
    kind: text(json.kind, 'station.kind'),
    unit: optional(decodeUnitRef, json.unit, 'station.unit'),
    properties,
  };
}

function decodeProperty(json: Json): PropertyDescription {
  return {
    unit: optional(text, json.unit, 'property.unit'),
    name: optional(text, json.name, 'property.name'),
    min: optional(number, json.min, 'property.min'),
    max: optional(number, json.max, 'property.max'),
  };
}

/** Read rollups. The one in which the series begins is told to be of its first reading, as nothing was measured before. */
export function decodeBuckets(value: unknown): Bucket[] {
  const json = record(value, 'buckets');
  const buckets = list(json.buckets, 'buckets').map((row): Bucket => {
    const [at, n, mean, min, max] = list(row, 'bucket');
    return {
      time: time(at, 'bucket'),
      n: number(n, 'bucket'),
      mean: number(mean, 'bucket'),
      min: number(min, 'bucket'),
      max: number(max, 'bucket'),
    };
  });
  const first = optional(time, json.first, 'first');
  const [begin, next] = buckets;
  if (first === null || begin === undefined || first < begin.time || (next !== undefined && first >= next.time)) return buckets;
  return [{ ...begin, time: first, begins: true }, ...buckets.slice(1)];
}

/** Read what a station is and shows now, as the stream would tell it. */
export function decodeStationRow(value: unknown): StateRow {
  const json = record(value, 'station');
  const id = text(json.id, 'station.id');
  const unit = optional(record, json.unit, 'station.unit');
  const values = Object.entries(record(json.values ?? {}, 'station.values')).map(([name, reading]) => {
    const { time: at, value: measured, severity } = record(reading, `station.values.${name}`);
    const place = `station.values.${name}`;
    const word = optional((text, where) => oneOf(severities, text, where), severity, place);
    return [name, { time: time(at, place), value: number(measured, place), severity: word }];
  });
  return {
    id,
    kind: text(json.kind, 'station.kind'),
    name: optional(text, json.name, 'station.name') ?? id,
    lon: optional(number, json.lon, 'station.lon'),
    lat: optional(number, json.lat, 'station.lat'),
    moving: json.moving === true,
    speed: null,
    heading: null,
    state: oneOf(['normal', ...severities], json.state, 'station.state'),
    t: optional(time, json.last_seen, 'station.last_seen'),
    intervalS: optional(number, json.interval_s, 'station.interval_s'),
    unit: unit && text(unit.code, 'station.unit.code'),
    values: Object.fromEntries(values),
  };
}

/** A page of the list of stations: each as it is now and as it describes itself, and how many all are. */
export interface StationPage {
  readonly stations: readonly { readonly row: StateRow; readonly station: Station }[];
  readonly total: number;
}

export function decodeStationPage(value: unknown): StationPage {
  const json = record(value, 'stations');
  const stations = list(json.stations, 'stations').map((each) => ({ row: decodeStationRow(each), station: decodeStation(each) }));
  return { stations, total: number(json.total, 'total') };
}
