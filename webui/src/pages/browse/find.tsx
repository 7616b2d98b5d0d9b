/** `…/executors/EX/browse` and `…/tasks/T/browse`: asks the agent where the sandbox is, and goes there. */
import { createEffect, Show, type JSX } from 'solid-js';
import { agentState } from '../../api/agent';
import { link, place, replace } from '../../router';
import { Crumbs, Trouble, Waiting } from '../../ui/basics';
import { shortId } from '../../ui/format';
import { findExecutor, findFramework } from '../executors';

export default function FindSandbox(): JSX.Element {
  const part = (index: number) => place().segments[index] ?? '';
  const agent = () => part(1);
  const state = agentState(agent);
  const task = () => (place().segments[6] === 'tasks' ? part(7) : '');
  const framework = () => findFramework(state.data(), part(3));
  const executor = () => findExecutor(framework(), part(5));
  createEffect(() => {
    const found = executor();
    if (!found) return;
    // Tasks of the default executor have folders of their own.
    const own = task() && found.type === 'DEFAULT' ? `/tasks/${task()}` : '';
    replace(link(['agents', agent(), 'browse'], { path: found.directory + own }));
  });
  const reason = () => {
    if (!framework()) return 'The agent does not know this framework any more.';
    return 'The agent does not know this executor any more; what has ended long ago is forgotten, and its files are removed.';
  };
  return (
    <>
      <Crumbs trail={[['Agents', '#/agents'], [shortId(agent()), link(['agents', agent()])]]} />
      <Show when={state.failure()} fallback={<Show when={state.data()} fallback={<Waiting />}><div class="empty" role="alert"><h2>There is no sandbox</h2><p>{reason()}</p></div></Show>}>
        {(failure) => <Trouble failure={failure()} what="sandbox" />}
      </Show>
    </>
  );
}
