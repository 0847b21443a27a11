import { language, messages } from '../i18n';
import { decodeStrays } from '../wire/definition';
import { callOf } from './scope';
import { useAnswer } from './useAnswer';
import { decimalText } from './wording';

interface StraysProps {
  readonly path: string;
  readonly asked: { readonly unit: string; readonly period: string };
  /** A day of the period. */
  readonly day: string;
}

const straysNamed = 5;

/** Events of the period that no figure has, since nobody knew their unit on their day: counted apart, never dropped. */
export function Strays({ path, asked, day }: StraysProps) {
  const { told } = useAnswer(callOf(`${path}/values`, { unit: asked.unit, period: asked.period, from: day, to: day }), decodeStrays);
  if (told === null || told.events === 0) return null;
  const count = (events: number) => decimalText(events, 0, language.value);
  const codes = told.codes.slice(0, straysNamed).map(([code, events]) => `${code} (${count(events)})`);
  return (
    <p class="page-note" role="status" data-testid="strays">
      {messages.value.figures.strays(count(told.events), [...codes, ...(told.codes.length > straysNamed ? ['…'] : [])].join(', '))}
    </p>
  );
}
