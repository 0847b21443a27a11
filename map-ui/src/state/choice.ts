import type { Store } from './store';

/** Whether a card is open: of a station, an alert, a place, or of open cases. */
export const isCardOpen = ({ casesListed, desk, place, selected }: Store): boolean =>
  selected.value !== null || desk.selectedAlert.value !== null || place.value !== null || casesListed.value !== null;

/** Close whatever card is open. */
export function closeCard({ casesListed, desk, place, selected }: Store): void {
  desk.selectedAlert.value = null;
  selected.value = null;
  place.value = null;
  casesListed.value = null;
}
