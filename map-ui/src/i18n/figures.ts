/** The words of the pages of figures. */
export const figuresVi = {
  systemsHeading: 'Các hệ thống được giám sát',
  silentAlways: 'Chưa gửi dữ liệu',
  newestAt: (at: string) => `Dữ liệu mới nhất: ${at}`,
  reminder: (nth: number) => `Nhắc lần ${nth}`,
  targetsOf: {
    met: (n: number) => `${n} đạt`,
    at_risk: (n: number) => `${n} có nguy cơ`,
    missed: (n: number) => `${n} không đạt`,
  },
};

export const figuresEn: typeof figuresVi = {
  systemsHeading: 'Systems under watch',
  silentAlways: 'Nothing was ever sent',
  newestAt: (at: string) => `Newest event: ${at}`,
  reminder: (nth: number) => `Reminder ${nth}`,
  targetsOf: {
    met: (n: number) => `${n} met`,
    at_risk: (n: number) => `${n} at risk`,
    missed: (n: number) => `${n} missed`,
  },
};
