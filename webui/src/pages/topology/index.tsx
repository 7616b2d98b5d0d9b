/** `#/topology`: every agent as a block; its tasks in it as long as there are not too many to tell apart. */
import { createMemo, createSignal, For, Show, type JSX } from 'solid-js';
import { get, query } from '../../api/client';
import { live, repeat } from '../../api/live';
import type { AgentRow, Page, TaskRow } from '../../api/types';
import { overview } from '../../api/overview';
import { link, place, setQuery } from '../../router';
import { Empty, Head, Icon, taskLink, Waiting } from '../../ui/basics';
import { amounts, percent, stateName, tone } from '../../ui/format';
import { Bar } from '../../ui/usage';

const AGENTS = 1000;
/** With more tasks than this, agents are shown by how full they are. */
const TASKS = 3000;
const TASKS_AT_ONCE = 1000;

export default function Topology(): JSX.Element {
  const search = () => place().query['search'];
  const agents = live<Page<AgentRow>>(() => `ui/agents${query({ search: search(), sort: 'hostname', limit: AGENTS })}`, { topics: ['agent', 'task'] });
  const [tasks, setTasks] = createSignal<Map<string, TaskRow[]>>();

  repeat(
    async () => {
      const all: TaskRow[] = [];
      for (;;) {
        const page = await get<Page<TaskRow>>(`ui/tasks${query({ state: 'active', sort: 'started', limit: TASKS_AT_ONCE, offset: all.length })}`);
        if (page.matched > TASKS) return setTasks(undefined);
        all.push(...page.rows);
        if (all.length >= page.matched || page.rows.length === 0) break;
      }
      return setTasks(grouped(all));
    },
    { topics: ['task'] },
  );
  const dense = createMemo(() => (agents.data()?.rows.length ?? 0) > 150);
  return (
    <>
      <Head title="Topology" sub="Agents with the tasks on them; a task's size is its part of the agent's CPUs or memory, whichever is larger." />
      <div class="toolbar">
        <span class="count">
          <Show when={agents.data()}>
            {(page) => <>{`${page().rows.length.toLocaleString('en')} of ${page().total.toLocaleString('en')} agents`}</>}
          </Show>
        </span>
        <Show when={!tasks() && (overview()?.tasks['RUNNING'] ?? 0) > TASKS}>
          <span class="count">too many tasks to draw: bars show what is allocated</span>
        </Show>
        <span class="spring" />
        <label class="filter">
          <Icon name="search" />
          <input type="search" placeholder="Filter" aria-label="Filter agents" value={search() ?? ''} onChange={(event) => setQuery({ search: event.currentTarget.value })} />
        </label>
      </div>
      <Show when={agents.data()} fallback={<Waiting />}>
        {(page) => (
          <Show when={page().rows.length > 0} fallback={<Empty title={search() ? 'No agent matches' : 'This cluster has no agents yet'} />}>
            <ul class="topology" data-dense={dense() ? '' : undefined}>
              <For each={page().rows}>{(agent) => <Block agent={agent} tasks={tasks()?.get(agent.id)} dense={dense()} />}</For>
            </ul>
          </Show>
        )}
      </Show>
    </>
  );
}

function grouped(all: TaskRow[]): Map<string, TaskRow[]> {
  const out = new Map<string, TaskRow[]>();
  for (const task of all) {
    const known = out.get(task.agent_id);
    if (known) known.push(task);
    else out.set(task.agent_id, [task]);
  };
  return out;
}

function Block(props: { agent: AgentRow; tasks: TaskRow[] | undefined; dense: boolean }): JSX.Element {
  const part = (kind: 'cpus' | 'mem') => {
    const { total, allocated } = props.agent.usage;
    return total[kind] > 0 ? allocated[kind] / total[kind] : 0;
  };
  const size = (task: TaskRow) => {
    const { total } = props.agent.usage;
    return Math.min(1, Math.max(total.cpus ? task.resources.cpus / total.cpus : 0, total.mem ? task.resources.mem / total.mem : 0));
  };
  return (
    <li class="machine" data-tone={tone(props.agent.state)}>
      <a class="machine-name" href={link(['agents', props.agent.id])} title={`${props.agent.hostname}:${props.agent.port}\n${stateName(props.agent.state)}`}>
        {props.agent.hostname}
        <span class="faint">:{props.agent.port}</span>
      </a>
      <Show when={props.tasks && !props.dense}>
        <div class="machine-tasks">
          <For each={props.tasks}>
            {(task) => (
              <a
                class="brick"
                data-tone={tone(task.state)}
                style={{ 'flex-basis': `calc(${size(task) * 100}% - 2px)` }}
                href={taskLink(task)}
                title={`${task.name}\n${task.framework_name}\n${stateName(task.state)}\n${amounts(task.resources)}`}
              >
                <span>{task.name || task.id}</span>
              </a>
            )}
          </For>
        </div>
      </Show>
      <div class="machine-bars">
        <span>CPU</span>
        <Bar allocated={part('cpus')} total={1} label={`${percent(part('cpus'))} of the CPUs`} />
        <span>Mem</span>
        <Bar allocated={part('mem')} total={1} label={`${percent(part('mem'))} of the memory`} />
      </div>
    </li>
  );
}
