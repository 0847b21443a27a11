import type { ClientFrame, CommandResult } from '../wire/types';

type Command = Extract<ClientFrame, { type: 'cmd' }>;

/**
 * Commands and their results. A command that was sent and not answered is sent again on the next connection under the same key,
 * so that it has one effect however often the connection breaks.
 */
export class Commands {
  private readonly waiting = new Map<string, { frame: Command; settle: (result: CommandResult) => void }>();
  private count = 0;

  constructor(
    private readonly send: (frame: ClientFrame) => void,
    private readonly newKey: () => string = () => crypto.randomUUID(),
  ) {}

  /** Have something done; the promise is kept when the service has answered, and never breaks. */
  run(op: string, args: Readonly<Record<string, unknown>>, ifVersion?: number): Promise<CommandResult> {
    this.count += 1;
    const version = ifVersion === undefined ? {} : { if_version: ifVersion };
    const frame: Command = { type: 'cmd', id: `c${this.count}`, idem: this.newKey(), op, args, ...version };
    return new Promise((settle) => {
      this.waiting.set(frame.id, { frame, settle });
      this.send(frame);
    });
  }

  /** Take a result; what nobody waits for is ignored. */
  take(result: CommandResult): void {
    this.waiting.get(result.id)?.settle(result);
    this.waiting.delete(result.id);
  }

  /** Send again what was not answered: a new connection was let in. */
  resend(): void {
    for (const { frame } of this.waiting.values()) this.send(frame);
  }
}
