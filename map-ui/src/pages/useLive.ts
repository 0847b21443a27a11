import { useEffect, useState } from 'preact/hooks';
import { useApp } from '../app';
import type { FigureChoice } from '../wire/types';
import { type LiveFigures, noLive } from './live';

/** The present figures of a choice as the stream tells them (null: of none). Past periods but the newest are not told, and do not change by themselves. */
export function useLive(choice: FigureChoice | null): LiveFigures {
  const { followLive } = useApp();
  const [live, setLive] = useState<LiveFigures>(noLive);
  const key = choice && JSON.stringify(choice);
  useEffect(() => {
    setLive(noLive);
    if (key === null) return;
    return followLive(JSON.parse(key) as FigureChoice, setLive);
  }, [key]);
  return live;
}
