import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { decodeRules, type Rule } from '../wire/rule';

const keptMs = 60_000;
const rules = signal<readonly Rule[]>([]);
let askedAt = Number.NEGATIVE_INFINITY;

/** The rules of the service, asked for at most once a minute; none while they are not known. */
export function useRules(): readonly Rule[] {
  const { rest } = useApp();
  useEffect(() => {
    if (Date.now() - askedAt < keptMs) return;
    askedAt = Date.now();
    rest.get('/v1/rules', decodeRules).then(
      (answer) => {
        rules.value = answer;
      },
      (error) => {
        // A chart without limit lines still shows its values.
        if (!isCallError(error)) throw error;
      },
    );
  }, [rest]);
  return rules.value;
}
