import { expect, test } from 'vitest';
import { Commands } from '../src/stream/commands';
import type { ClientFrame } from '../src/wire/types';

test('a command is answered once, and sent again under its key while it was not', async () => {
  const sent: ClientFrame[] = [];
  const commands = new Commands(
    (frame) => sent.push(frame),
    () => 'a key of its own',
  );
  const done = commands.run('alert.ack', { id: 'a1' }, 3);
  commands.resend();
  const expected = { type: 'cmd', id: 'c1', idem: 'a key of its own', op: 'alert.ack', args: { id: 'a1' }, if_version: 3 };
  expect(sent).toEqual([expected, expected]);
  commands.take({ type: 'res', id: 'c9', ok: true, result: {} });
  commands.take({ type: 'res', id: 'c1', ok: false, code: 'conflict', detail: 'it has changed' });
  expect(await done).toMatchObject({ ok: false, code: 'conflict' });
  commands.resend();
  expect(sent).toHaveLength(2);
});
