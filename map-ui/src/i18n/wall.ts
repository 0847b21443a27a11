/** The wall: large type, nothing to press, one view after the other. */
export const wallVi = {
  open: 'Màn hình lớn',
  close: 'Thoát màn hình lớn',
  pause: 'Dừng chuyển',
  go: 'Tiếp tục chuyển',
  next: 'Tiếp theo',
  label: 'Màn hình lớn: các góc nhìn lần lượt thay nhau',
  views: { map: 'Toàn tỉnh', alerts: 'Cảnh báo nặng nhất', areas: 'Theo địa bàn', worst: 'Nặng nhất, chưa xác nhận' },
  more: (n: number) => `và ${n} cảnh báo nữa`,
  moreAreas: (n: number) => `và ${n} địa bàn nữa`,
  area: 'Địa bàn',
  total: 'Tổng',
  unacknowledged: 'Chưa xác nhận',
  key: 'Bật/tắt màn hình lớn',
};

export const wallEn: typeof wallVi = {
  open: 'Wall',
  close: 'Leave the wall',
  pause: 'Stop rotating',
  go: 'Rotate',
  next: 'Next',
  label: 'Wall: one view after the other',
  views: { map: 'Whole area', alerts: 'Worst alerts', areas: 'By area', worst: 'Worst, not acknowledged' },
  more: (n) => `and ${n} more alerts`,
  moreAreas: (n: number) => `and ${n} more areas`,
  area: 'Area',
  total: 'All',
  unacknowledged: 'Not acknowledged',
  key: 'Wall on or off',
};
