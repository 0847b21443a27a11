import { messages } from '../i18n';
import { decodeProgress } from '../wire/progress';
import { useAnswer } from './useAnswer';

/** Says on a page of which no figure was computed yet how far the service is with computing the first ones, or with many events that came at once; nothing once it is done. */
export function Computing({ figures }: { readonly figures: readonly { readonly computedAt: number | null }[] }) {
  const isEmpty = figures.every(({ computedAt }) => computedAt === null);
  const { told } = useAnswer(isEmpty ? '/v1/indicators/progress' : null, decodeProgress);
  if (!isEmpty || told === null || !(told.isFirst || told.isBehind)) return null;
  const words = messages.value.figures;
  return (
    <p class="page-note" role="status" data-testid="computing">
      {told.isFirst ? words.computing(told.done, told.all) : words.behind(told.waiting)}
    </p>
  );
}
