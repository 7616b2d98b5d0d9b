/** Ends a framework and all of its tasks, after it has been asked for twice. */
import { createSignal, Show, type JSX } from 'solid-js';
import { explain, Failure, request } from '../../api/client';
import type { Framework } from '../../api/types';

export function Teardown(props: { framework: Framework; done: () => void }): JSX.Element {
  const [busy, setBusy] = createSignal(false);
  const [failure, setFailure] = createSignal('');
  let dialog!: HTMLDialogElement;

  const run = async () => {
    setBusy(true);
    setFailure('');
    try {
      await request('master/teardown', { method: 'POST', body: new URLSearchParams({ frameworkId: props.framework.id }) });
      dialog.close();
      props.done();
    } catch (error) {
      const why = error instanceof Failure ? error : new Failure(0, String(error));
      setFailure(why.status === 403 ? 'You are not allowed to tear down this framework.' : explain(why));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class="button danger" onClick={() => dialog.showModal()}>
        Tear down…
      </button>
      <dialog ref={dialog} class="ask" aria-labelledby="teardown-title" onClose={() => setFailure('')}>
        <h2 id="teardown-title">Tear down {props.framework.name || 'this framework'}?</h2>
        <p>
          The framework is ended for good, and{' '}
          <b>{props.framework.tasks === 1 ? 'its one task is killed' : `its ${props.framework.tasks.toLocaleString('en')} tasks are killed`}</b>. This cannot be
          undone.
        </p>
        <p class="id">{props.framework.id}</p>
        <Show when={failure()}>
          <p role="alert" class="bad">
            {failure()}
          </p>
        </Show>
        <div class="answers">
          <button type="button" class="button" autofocus onClick={() => dialog.close()}>
            Keep it
          </button>
          <button type="button" class="button danger" disabled={busy()} onClick={() => void run()}>
            {busy() ? 'Tearing down…' : 'Tear down'}
          </button>
        </div>
      </dialog>
    </>
  );
}
