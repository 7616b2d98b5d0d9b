/** `#/agents/ID/frameworks/FW` and `…/executors/EX`: what a framework runs on one agent. */
import { For, Show, type JSX } from 'solid-js';
import { agentState, full, measured, type AgentExecutor, type AgentFramework, type AgentTask, type Used } from '../../api/agent';
import type { Live } from '../../api/live';
import type { AgentDocument } from '../../api/agent';
import { link, place } from '../../router';
import { Crumbs, Facts, FrameworkLink, Head, State, Time, Trouble, Waiting } from '../../ui/basics';
import { amount, amounts, shortId, type Kind } from '../../ui/format';

const agent = () => place().segments[1] ?? '';
const framework = () => place().segments[3] ?? '';
const executor = () => place().segments[5] ?? '';

/** Looks a framework up in an agent's answer, also among those that have ended. */
export function findFramework(state: AgentDocument | undefined, id: string): AgentFramework | undefined {
  return state && [...state.frameworks, ...state.completed_frameworks].find((one) => one.id === id);
}

export function findExecutor(found: AgentFramework | undefined, id: string): AgentExecutor | undefined {
  return found && [...found.executors, ...found.completed_executors].find((one) => one.id === id);
}

function trail(state: AgentDocument | undefined, more: [string, string][] = []): [string, string][] {
  return [['Agents', '#/agents'], [state?.hostname ?? shortId(agent()), link(['agents', agent()])], ...more];
}

function Unknown(props: { state: Live<AgentDocument>; what: string }): JSX.Element {
  return (
    <Show when={props.state.failure()} fallback={<Show when={props.state.data()} fallback={<Waiting />}><p class="empty">This agent knows no such {props.what}. What has ended long ago is forgotten.</p></Show>}>
      {(failure) => <Trouble failure={failure()} what={props.what} />}
    </Show>
  );
}

export function AgentFrameworkPage(): JSX.Element {
  const state = agentState(agent);
  const used = measured(agent);
  const found = () => findFramework(state.data(), framework());
  return (
    <>
      <Crumbs trail={trail(state.data())} />
      <Show when={found()} fallback={<Unknown state={state} what="framework" />}>
        {(one) => (
          <>
            <Head title={one().name || one().id} sub={<>on {state.data()?.hostname}, roles {(one().roles ?? [one().role]).join(', ')}</>}>
              <a class="button" href={link(['frameworks', framework()])}>Framework</a>
            </Head>
            <Executors title="Executors" executors={one().executors} used={used} />
            <Show when={one().completed_executors.length > 0}>
              <Executors title="Completed executors" executors={one().completed_executors} />
            </Show>
          </>
        )}
      </Show>
    </>
  );
}

const KINDS: Kind[] = ['cpus', 'gpus', 'mem', 'disk'];
const KIND_TITLES: Record<Kind, string> = { cpus: 'CPUs', gpus: 'GPUs', mem: 'Memory', disk: 'Disk' };

function Executors(props: { title: string; executors: AgentExecutor[]; used?: (framework: string, executor: string) => Used | undefined }): JSX.Element {
  const measuredOf = (id: string, kind: Kind) => {
    const one = props.used?.(framework(), id);
    return one && kind !== 'gpus' ? (one[kind] ?? 0) : undefined;
  };
  return (
    <section aria-label={props.title}>
      <h2>{props.title}</h2>
      <Show when={props.executors.length > 0} fallback={<p class="faint">None.</p>}>
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">ID</th>
              <th scope="col">Name</th>
              <th scope="col">Source</th>
              <th scope="col">Role</th>
              <th scope="col" class="number">Active</th>
              <th scope="col" class="number">Queued</th>
              <For each={KINDS}>{(kind) => <th scope="col" class="number">{KIND_TITLES[kind]}</th>}</For>
              <th scope="col"><span class="visually-hidden">Files</span></th>
            </tr>
          </thead>
          <tbody>
            <For each={props.executors}>
              {(one) => (
                <tr>
                  <td><a href={link(['agents', agent(), 'frameworks', framework(), 'executors', one.id])}>{one.id}</a></td>
                  <td>{one.name}</td>
                  <td>{one.source}</td>
                  <td>{one.role}</td>
                  <td class="number">{one.tasks.length}</td>
                  <td class="number">{one.queued_tasks.length}</td>
                  <For each={KINDS}>
                    {(kind) => (
                      <td class="number">
                        <Show when={measuredOf(one.id, kind) !== undefined}>{amount(kind, measuredOf(one.id, kind) ?? 0)} / </Show>
                        {amount(kind, full(one.resources)[kind])}
                      </td>
                    )}
                  </For>
                  <td><a href={link(['agents', agent(), 'browse'], { path: one.directory })} aria-label={`Sandbox of ${one.id}`}>Sandbox</a></td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}

export function ExecutorPage(): JSX.Element {
  const state = agentState(agent);
  const used = measured(agent);
  const inFramework = () => findFramework(state.data(), framework());
  const found = () => findExecutor(inFramework(), executor());
  const now = () => used(framework(), executor());
  return (
    <>
      <Crumbs trail={trail(state.data(), [[inFramework()?.name || shortId(framework()), link(['agents', agent(), 'frameworks', framework()])]])} />
      <Show when={found()} fallback={<Unknown state={state} what="executor" />}>
        {(one) => (
          <>
            <Head title={one().name || one().id} sub={<span class="id">{one().id}</span>}>
              <a class="button" href={link(['agents', agent(), 'browse'], { path: one().directory })}>Sandbox</a>
            </Head>
            <Facts
              rows={[
                ['Framework', <FrameworkLink id={framework()} name={inFramework()?.name} />],
                ['Source', one().source],
                ['Role', one().role],
                ['Type', one().type?.toLowerCase()],
                ['Container ID', <span class="id">{one().container}</span>],
                ['Allocated', amounts(one().resources)],
                ['Used', now() && `${now()?.cpus == null ? 'unknown' : amount('cpus', now()?.cpus ?? 0)} CPUs, ${amount('mem', now()?.mem ?? 0)} memory${now()?.disk ? `, ${amount('disk', now()?.disk ?? 0)} disk` : ''}`],
              ]}
            />
            <Tasks title="Queued tasks" tasks={one().queued_tasks} executor={one()} />
            <Tasks title="Tasks" tasks={one().tasks} executor={one()} always />
            <Tasks title="Completed tasks" tasks={one().completed_tasks} executor={one()} />
          </>
        )}
      </Show>
    </>
  );
}

function Tasks(props: { title: string; tasks: AgentTask[]; executor: AgentExecutor; always?: boolean }): JSX.Element {
  const limit = (task: AgentTask, kind: 'cpus' | 'mem') => {
    const value = task.limits?.[kind];
    return value === undefined ? '' : ` / ${typeof value === 'number' ? amount(kind, value) : value}`;
  };
  const sandbox = (task: AgentTask) => {
    const base = ['agents', agent(), 'frameworks', framework(), 'executors', props.executor.id];
    return link([...base, 'tasks', task.id, 'browse']);
  };
  return (
    <Show when={props.always || props.tasks.length > 0}>
      <section aria-label={props.title}>
        <h2>{props.title}</h2>
        <Show when={props.tasks.length > 0} fallback={<p class="faint">None.</p>}>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">ID</th>
                <th scope="col">State</th>
                <th scope="col" class="number">CPUs / limit</th>
                <th scope="col" class="number">Memory / limit</th>
                <th scope="col" class="number">GPUs</th>
                <th scope="col" class="number">Disk</th>
                <th scope="col">Since</th>
                <th scope="col"><span class="visually-hidden">Files</span></th>
              </tr>
            </thead>
            <tbody>
              <For each={props.tasks}>
                {(task) => (
                  <tr>
                    <td><a href={link(['frameworks', framework(), 'tasks', task.id])}>{task.name || task.id}</a></td>
                    <td class="id">{task.id}</td>
                    <td><State state={task.state} /></td>
                    <td class="number">{amount('cpus', full(task.resources).cpus)}{limit(task, 'cpus')}</td>
                    <td class="number">{amount('mem', full(task.resources).mem)}{limit(task, 'mem')}</td>
                    <td class="number">{amount('gpus', full(task.resources).gpus)}</td>
                    <td class="number">{amount('disk', full(task.resources).disk)}</td>
                    <td><Time at={task.statuses?.at(-1)?.timestamp} /></td>
                    <td><a href={sandbox(task)} aria-label={`Sandbox of ${task.name || task.id}`}>Sandbox</a></td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </Show>
      </section>
    </Show>
  );
}
