import { useSignal } from '@preact/signals';
import { useApp } from '../app';
import { messages } from '../i18n';
import { saveFile } from '../panels/saveFile';
import { isCallError } from '../rest/client';

interface Props {
  readonly path: string;
  readonly name: string;
  readonly label: string;
}

/** Fetch a file with the key of the caller, and let the browser keep it. */
export function Download({ path, name, label }: Props) {
  const { rest } = useApp();
  const failure = useSignal<string | null>(null);
  const save = () => {
    failure.value = null;
    rest.file(path).then(
      (file) => saveFile(file, name),
      (error) => {
        if (!isCallError(error)) throw error;
        failure.value = error.message;
      },
    );
  };
  return (
    <>
      <button type="button" class="tool" aria-label={`${messages.value.figures.download}: ${label}`} onClick={save}>
        {label}
      </button>
      {failure.value !== null && <span role="alert">{messages.value.pages.failed(failure.value)}</span>}
    </>
  );
}
