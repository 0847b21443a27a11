/** Words of the panel of layers. */
export const layersVi = {
  heading: 'Lớp dữ liệu',
  none: 'Chưa có lớp dữ liệu nào được công bố.',
  failed: (why: string) => `Không tải được danh mục: ${why}`,
  shown: 'Đang hiện, lớp trên cùng ở đầu',
  others: 'Có thể thêm',
  opacity: (layer: string) => `Độ đậm của ${layer}`,
  up: (layer: string) => `Đưa ${layer} lên trên`,
  down: (layer: string) => `Đưa ${layer} xuống dưới`,
  hide: (layer: string) => `Ẩn ${layer}`,
  show: (layer: string) => `Hiện ${layer}`,
  notDrawn: (why: string) => `Chưa vẽ được: ${why}`,
  count: (n: string) => `${n} đối tượng`,
  zoomTo: (layer: string) => `Xem toàn bộ ${layer}`,
  about: 'Mô tả và tải về',
};

export const layersEn: typeof layersVi = {
  heading: 'Layers',
  none: 'No layer has been published yet.',
  failed: (why) => `The catalogue could not be loaded: ${why}`,
  shown: 'Shown, the uppermost first',
  others: 'To add',
  opacity: (layer) => `Opacity of ${layer}`,
  up: (layer) => `Move ${layer} up`,
  down: (layer) => `Move ${layer} down`,
  hide: (layer) => `Hide ${layer}`,
  show: (layer) => `Show ${layer}`,
  notDrawn: (why) => `Cannot be drawn yet: ${why}`,
  count: (n) => `${n} features`,
  zoomTo: (layer) => `Look at all of ${layer}`,
  about: 'Description and downloads',
};
