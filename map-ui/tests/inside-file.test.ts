import { describe, expect, test } from 'vitest';
import { language } from '../src/i18n';
import { type FileForm, fetchInsideFile } from '../src/panels/insideFile';
import type { RestClient } from '../src/rest/client';
import { withOffset } from '../src/state/localTime';
import { tableInWords } from '../src/state/tableWords';

const zone = 'Asia/Ho_Chi_Minh';

describe('a moment with its offset', () => {
  test.each([
    [zone, '2026-11-29T03:30:05+07:00'],
    ['America/St_Johns', '2026-11-28T17:00:05-03:30'],
    ['UTC', '2026-11-28T20:30:05+00:00'],
  ])('in %s', (where, told) => {
    expect(withOffset(Date.UTC(2026, 10, 28, 20, 30, 5), where)).toBe(told);
  });
});

describe('a table in words', () => {
  test('has titles, and instants on the clock of the centre wherever they are a whole cell', () => {
    const csv = '\u{feff}id,"a,b",seen\r\n1,"said ""2026-11-28T20:30:05Z"", twice",2026-11-28T20:30:05.25Z\r\n2,,\r\n';
    const titles: Record<string, string> = { id: 'Mã', 'a,b': 'Lời "nhắn"' };
    expect(tableInWords(csv, (column) => titles[column] ?? column, zone)).toBe(
      '\u{feff}Mã,"Lời ""nhắn""",seen\r\n1,"said ""2026-11-28T20:30:05Z"", twice",2026-11-29T03:30:05+07:00\r\n2,,\r\n',
    );
  });

  test('tells columns of the same title apart', () => {
    expect(tableInWords('a,b\r\n', () => 'Mã', zone)).toBe('\u{feff}Mã,Mã (b)\r\n');
  });
});

describe('a file of what is inside an area', () => {
  const csv = 'id,name,last_seen,rain_1h,rain_1h_time,lon,lat\r\ns/1,Thắng,2026-11-28T20:30:05Z,61,2026-11-28T20:30:00Z,105.9,21.3\r\n';
  const titles = { id: 'Mã', name: 'Tên', last_seen: 'Tin mới nhất', rain_1h: 'rain_1h', rain_1h_time: 'rain_1h (lúc)' };
  const properties = Object.fromEntries(Object.entries(titles).map(([name, title]) => [name, { title }]));
  const rest = {
    file: async () => new Blob([csv]),
    get: async (_path: string, decode: (json: unknown) => unknown) => decode({ properties }),
  } as unknown as RestClient;
  const inside = {
    collection: 'stations',
    title: 'Trạm',
    total: 1,
    among: 1,
    first: [],
    path: '/ogc/collections/stations/items?filter=true',
  };
  const saved = async (collection: string, form: FileForm) =>
    (await fetchInsideFile(rest, { ...inside, collection }, form, 'vi', zone)).text();

  test('is of stations in the language of the page, on the clock of the centre', async () => {
    language.value = 'vi';
    expect(await saved('stations', 'csv')).toBe(
      'Mã,Tên,Tin mới nhất,Cường độ mưa,Cường độ mưa (lúc),Kinh độ,Vĩ độ\r\n' +
        's/1,Thắng,2026-11-29T03:30:05+07:00,61,2026-11-29T03:30:00+07:00,105.9,21.3\r\n',
    );
  });

  test('is as the service has it for programs, and of layers', async () => {
    expect(await saved('stations', 'json')).toBe(csv);
    expect(await saved('schools', 'csv')).toBe(csv);
  });
});
