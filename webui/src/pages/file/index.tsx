/** `#/agents/ID/file?path=P` and `#/log`: one file, as a log. */
import { Show, type JSX } from 'solid-js';
import { agentPath, agentState } from '../../api/agent';
import { overview } from '../../api/overview';
import { LogView } from '../../log/view';
import { link, place } from '../../router';
import { Crumbs, Empty, Head } from '../../ui/basics';
import { shortId } from '../../ui/format';
import { Path } from '../browse';

export function AgentFile(): JSX.Element {
  const agent = () => place().segments[1] ?? '';
  const path = () => place().query['path'] ?? '';
  const state = agentState(agent);
  const folder = () => path().slice(0, path().lastIndexOf('/'));
  const roots = () => {
    const all = [...(state.data()?.frameworks ?? []), ...(state.data()?.completed_frameworks ?? [])];
    return all.flatMap((one) => [...one.executors, ...one.completed_executors].map((executor) => executor.directory));
  };
  return (
    <>
      <Crumbs
        trail={[
          ['Agents', '#/agents'],
          [state.data()?.hostname ?? shortId(agent()), link(['agents', agent()])],
          ...(path() === '/slave/log' ? [] : ([['Sandbox', link(['agents', agent(), 'browse'], { path: folder() })]] as [string, string][])),
        ]}
      />
      <Head title={path() === '/slave/log' ? 'Agent log' : path().slice(path().lastIndexOf('/') + 1)} sub={<Path agent={agent()} path={path()} roots={roots()} file />} />
      <LogView base={agentPath(agent(), 'files')} path={path()} {...(path() === '/slave/log' ? { missing: 'This agent writes no log file: it has neither --log_dir nor --external_log_file.' } : {})} />
    </>
  );
}

export function MasterLog(): JSX.Element {
  return (
    <>
      <Head title="Master log" sub="What the leading master writes." />
      <Show
        when={overview()?.log !== false}
        fallback={
          <Empty title="This master writes no log file">
            <p>
              It logs to its standard error only. With <code>--log_dir</code> or <code>--external_log_file</code> the log is shown here.
            </p>
          </Empty>
        }
      >
        <LogView base="files" path="/master/log" />
      </Show>
    </>
  );
}
