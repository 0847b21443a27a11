import type { Alert } from '../wire/types';

const gatherMs = 100;

/**
 * Takes the changes of alerts and hands them on: the first at once, what follows together ten times a second, so that a storm of
 * thousands costs as many passes over the list as there are tenths of a second in it.
 */
export class AlertInbox {
  private waiting: Alert[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly deliver: (alerts: readonly Alert[]) => void) {}

  put(alert: Alert): void {
    this.waiting.push(alert);
    if (this.timer === null) this.flush();
  }

  /** Forget what waits: it is of a time that is no longer shown. */
  clear(): void {
    this.waiting = [];
  }

  /** Hand on what waits, and wait again before the next. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting.length === 0) return;
    const alerts = this.waiting;
    this.waiting = [];
    this.timer = setTimeout(() => {
      this.timer = null;
      this.flush();
    }, gatherMs);
    this.deliver(alerts);
  }
}
