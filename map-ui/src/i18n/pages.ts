/** The words of the navigation and of what every page has. */
export const pagesVi = {
  navigation: 'Các trang',
  skipToPage: 'Tới nội dung trang',
  map: 'Bản đồ',
  systems: 'Hệ thống',
  units: 'Đơn vị',
  ranking: 'Xếp hạng',
  cases: 'Hồ sơ',
  places: 'Phản ánh',
  tasks: 'Nhiệm vụ',
  freshness: 'Độ tươi',
  loading: 'Đang tải…',
  failed: (why: string) => `Không tải được: ${why}`,
  notFound: 'Không có trang này.',
  toMap: 'Về bản đồ',
};

export const pagesEn: typeof pagesVi = {
  navigation: 'Pages',
  skipToPage: 'To the content of the page',
  map: 'Map',
  systems: 'Systems',
  units: 'Units',
  ranking: 'Ranking',
  cases: 'Dossiers',
  places: 'Reports',
  tasks: 'Tasks',
  freshness: 'Freshness',
  loading: 'Loading…',
  failed: (why: string) => `Could not be loaded: ${why}`,
  notFound: 'There is no such page.',
  toMap: 'To the map',
};
