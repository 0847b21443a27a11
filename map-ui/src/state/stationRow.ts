import type { StateRow, Station } from '../wire/types';

/** A station as the stream would tell it, from what it says over REST: for cards of stations that the map does not show. */
export const rowOfStation = (station: Station): StateRow => ({
  id: station.id,
  kind: station.kind,
  name: station.name,
  lon: station.lon,
  lat: station.lat,
  moving: station.moving,
  speed: null,
  heading: null,
  state: station.state,
  t: station.lastSeen,
  intervalS: station.intervalS,
  unit: station.unit?.code ?? null,
  values: station.values,
});
