import { useSignal } from '@preact/signals';
import { messages } from '../i18n';
import { download } from '../rest/download';

interface Props {
  readonly path: string;
  readonly name: string;
  readonly label: string;
}

/** Fetch a file with the key of the caller, and let the browser keep it. */
export function Download({ path, name, label }: Props) {
  const failure = useSignal<string | null>(null);
  return (
    <>
      <button
        type="button"
        class="tool"
        aria-label={`${messages.value.figures.download}: ${label}`}
        onClick={async () => {
          failure.value = await download(path, name);
        }}
      >
        {label}
      </button>
      {failure.value !== null && <span role="alert">{messages.value.pages.failed(failure.value)}</span>}
    </>
  );
}
