/** `#/frameworks/FW/tasks/T`: one task, what happened to it, and what it wrote. */
import { For, Show, type JSX } from 'solid-js';
import { agentPath } from '../../api/agent';
import { query } from '../../api/client';
import { live } from '../../api/live';
import type { Task, TaskStatus } from '../../api/types';
import { LogView } from '../../log/view';
import { link, place, setQuery } from '../../router';
import { AgentLink, Copy, Crumbs, Facts, FrameworkLink, Head, now, sandboxLink, State, Time, Trouble, Waiting } from '../../ui/basics';
import { amounts, duration, shortId, tone } from '../../ui/format';
import { why } from '../tasks/list';

export default function TaskPage(): JSX.Element {
  const framework = () => place().segments[1] ?? '';
  const id = () => place().segments[3] ?? '';
  const answer = live<Task>(() => `ui/task${query({ framework: framework(), id: id() })}`, {
    topics: ['task'],
    concerns: (event) => event.task_id === id() && event.framework_id === framework(),
  });
  return (
    <>
      <Crumbs
        trail={[
          ['Frameworks', '#/frameworks'],
          [answer.data()?.framework_name || shortId(framework()), link(['frameworks', framework()])],
        ]}
      />
      <Show
        when={answer.data()}
        fallback={
          <Show when={answer.failure()} fallback={<Waiting />}>
            {(failure) => <Trouble failure={failure()} what="task" />}
          </Show>
        }
      >
        {(task) => (
          <>
            <Head
              title={task().name || task().id}
              sub={
                <>
                  <State state={task().state} healthy={task().healthy} /> <span class="id">{task().id}</span>
                  <Copy text={task().id} what="task ID" />
                </>
              }
            >
              <Show when={task().agent_id}>
                <a class="button" href={sandboxLink(task())}>
                  Sandbox
                </a>
              </Show>
            </Head>
            <Show when={why(task())}>
              <p class="verdict" data-tone={tone(task().state)}>
                {why(task())}
              </p>
            </Show>
            <div class="columns">
              <About task={task()} />
              <History statuses={task().statuses} />
            </div>
            <Logs task={task()} />
          </>
        )}
      </Show>
    </>
  );
}

function About(props: { task: Task }): JSX.Element {
  const task = () => props.task;
  const lasted = () => {
    const start = task().started;
    return start === null ? null : duration((task().finished ?? now()) - start);
  };
  const latest = (pick: (status: TaskStatus) => string | null | undefined) => task().statuses.map(pick).findLast(Boolean);
  const container = () => latest((status) => status.container_id);
  const addresses = () => latest((status) => status.ip_addresses.join(', '));
  return (
    <section aria-label="About" class="wide">
      <h2>About</h2>
      <Facts
        rows={[
          ['Framework', <FrameworkLink id={task().framework_id} name={task().framework_name} />],
          ['Agent', <AgentLink id={task().agent_id} hostname={task().hostname} />],
          ['Executor', task().executor_id || <span class="faint">the command's own</span>],
          ['Role', task().role],
          ['User', task().user],
          ['Resources', <span class="long">{task().resources_text}</span>],
          ['Limits', Object.keys(task().limits).length > 0 && amounts(task().limits)],
          ['Started', <Time at={task().started} />],
          ['Stopped', task().finished !== null && <Time at={task().finished} />],
          ['Ran for', lasted()],
          ['Exit code', task().exit_code?.toString()],
          ['Container', task().container],
          ['Container ID', container() && <span class="id">{container()}</span>],
          ['Addresses', addresses()],
          ['Discovery', task().discovery],
          ['Labels', task().labels.map((label) => `${label.key}=${label.value}`).join(', ')],
        ]}
      />
    </section>
  );
}

function passed(before: TaskStatus | undefined, now: TaskStatus): string | undefined {
  if (!before?.timestamp || !now.timestamp) return undefined;
  return duration(now.timestamp - before.timestamp);
}

function History(props: { statuses: TaskStatus[] }): JSX.Element {
  return (
    <section aria-label="History" class="wide">
      <h2>History</h2>
      <Show when={props.statuses.length > 0} fallback={<p class="faint">No status has been reported yet.</p>}>
        <ol class="history">
          <For each={props.statuses}>
            {(status, index) => (
              <li data-tone={tone(status.state)}>
                <div>
                  <State state={status.state} healthy={status.healthy} /> <Time at={status.timestamp} />
                  <Show when={passed(props.statuses[index() - 1], status)}>{(text) => <span class="faint"> after {text()}</span>}</Show>
                </div>
                <Show when={status.message}>
                  <p>{status.message}</p>
                </Show>
                <Show when={status.reason || status.source}>
                  <p class="faint code">{[status.reason, status.source].filter(Boolean).join(' · ')}</p>
                </Show>
              </li>
            )}
          </For>
        </ol>
      </Show>
    </section>
  );
}

const STREAMS = ['stdout', 'stderr'] as const;

function Logs(props: { task: Task }): JSX.Element {
  const stream = () => (place().query['log'] === 'stderr' ? 'stderr' : 'stdout');
  return (
    <section aria-label="Logs" class="logs">
      <h2>Output</h2>
      <Show when={props.task.sandbox} fallback={<p class="faint">The master does not know where this task's files are.</p>}>
        {(sandbox) => (
          <LogView base={agentPath(props.task.agent_id, 'files')} path={`${sandbox()}/${stream()}`} height="part">
            <div class="tabs" role="group" aria-label="Which output">
              <For each={STREAMS}>
                {(name) => (
                  <button
                    type="button"
                    aria-pressed={stream() === name}
                    onClick={() => setQuery({ log: name === 'stdout' ? null : name })}
                  >
                    {name}
                  </button>
                )}
              </For>
            </div>
          </LogView>
        )}
      </Show>
    </section>
  );
}
