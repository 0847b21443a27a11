/** Whether the screen shows one thing at a time, a card as a sheet from below; the same bound stands in styles/narrow.css. */
export const isNarrow = (): boolean => matchMedia('(max-width: 56rem)').matches;

/** The part of the stage that the sheet may cover; the same stands in styles/narrow.css. */
export const sheetShare = 0.6;
