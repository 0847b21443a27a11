import en from '../../../docs/shift.md';
import vi from '../../../docs/vi/ca-truc.md';
import { language, messages } from '../i18n';
import { PageLayout } from './PageLayout';

/** A shift from beginning to end, told to the operator. */
export function GuidePage() {
  const { title, html } = language.value === 'vi' ? vi : en;
  const tools = (
    <button type="button" class="tool" onClick={() => print()}>
      {messages.value.figures.print}
    </button>
  );
  return (
    <PageLayout title={title} tools={tools} failure={null} waiting={false}>
      {/* Made of our own document when the map is built. */}
      <div class="guide" data-testid="guide" dangerouslySetInnerHTML={{ __html: html }} />
    </PageLayout>
  );
}
