import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useApp } from '../app';
import { isCallError } from '../rest/client';
import { decodeRuleDocuments, decodeRules, type Rule, type RuleDocument } from '../wire/rule';

interface Rules {
  /** Those whose limits a chart shows. */
  readonly thresholds: readonly Rule[];
  readonly documents: readonly RuleDocument[];
}

const keptMs = 60_000;
const rules = signal<Rules>({ thresholds: [], documents: [] });
let askedAt = Number.NEGATIVE_INFINITY;

/** The rules of the service, asked for at most once a minute; none while they are not known. */
export function useRules(): Rules {
  const { rest } = useApp();
  useEffect(() => {
    if (Date.now() - askedAt < keptMs) return;
    askedAt = Date.now();
    rest
      .get('/v1/rules', (json) => ({ thresholds: decodeRules(json), documents: decodeRuleDocuments(json) }))
      .then(
        (answer) => {
          rules.value = answer;
        },
        (error) => {
          askedAt = Number.NEGATIVE_INFINITY;
          // A chart without limit lines still shows its values.
          if (!isCallError(error)) throw error;
        },
      );
  }, [rest]);
  return rules.value;
}
