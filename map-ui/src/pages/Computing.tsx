import { messages } from '../i18n';
import { decodeProgress } from '../wire/progress';
import { useAnswer } from './useAnswer';

/** Says on a page whose figures have no value how far the service is with computing the first ones; nothing once it is done. */
export function Computing({ figures }: { readonly figures: readonly { readonly value: number | null }[] }) {
  const isEmpty = figures.every(({ value }) => value === null);
  const { told } = useAnswer(isEmpty ? '/v1/indicators/progress' : null, decodeProgress);
  if (!isEmpty || told === null || !told.isFirst) return null;
  return (
    <p class="page-note" role="status" data-testid="computing">
      {messages.value.figures.computing(told.done, told.all)}
    </p>
  );
}
