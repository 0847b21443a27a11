/** Words of the map itself: what is counted from afar. */
export const mapVi = {
  stations: (n: string) => `${n} trạm và phương tiện`,
  nearer: 'Bấm để xem gần hơn',
};

export const mapEn: typeof mapVi = {
  stations: (n) => `${n} stations and vehicles`,
  nearer: 'Click to look nearer',
};
