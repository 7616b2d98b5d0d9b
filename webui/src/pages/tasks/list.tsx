/** The list of tasks, also as a part of other pages. */
import { Show, type JSX } from 'solid-js';
import type { TaskRow } from '../../api/types';
import { AgentLink, Empty, FrameworkLink, sandboxLink, State, taskLink, Time } from '../../ui/basics';
import { amount } from '../../ui/format';
import { List, type Column, type Tab } from '../../ui/list';

export function why(task: { message: string | null; reason: string | null; exit_code: number | null }): string {
  const parts = [];
  if (task.exit_code !== null) parts.push(`exit ${task.exit_code}`);
  if (task.reason) parts.push(task.reason.replace(/^REASON_/, '').toLowerCase().replaceAll('_', ' '));
  if (task.message) parts.push(task.message);
  return parts.join(' · ');
}

const COLUMNS: Record<string, Column<TaskRow>> = {
  name: {
    title: 'Task',
    width: 'minmax(160px, 2fr)',
    sort: 'name',
    cell: (task) => (
      <a href={taskLink(task)} title={task.id}>
        {task.name || task.id}
      </a>
    ),
  },
  id: { title: 'Task ID', width: 'minmax(90px, 1fr)', sort: 'id', spare: 1, cell: (task) => <span class="id" title={task.id}>{task.id}</span> },
  state: { title: 'State', width: '118px', sort: 'state', cell: (task) => <State state={task.state} healthy={task.healthy} /> },
  health: {
    title: 'Health',
    width: '76px',
    spare: 2,
    cell: (task) => (task.healthy === null ? <span class="faint">–</span> : task.healthy ? 'healthy' : <span class="unhealthy">unhealthy</span>),
  },
  framework: {
    title: 'Framework',
    width: 'minmax(100px, 1fr)',
    sort: 'framework_name',
    spare: 3,
    cell: (task) => <FrameworkLink id={task.framework_id} name={task.framework_name} />,
  },
  role: { title: 'Role', width: 'minmax(50px, 0.5fr)', sort: 'role', spare: 2, cell: (task) => task.role },
  started: { title: 'Started', width: '96px', sort: 'started', spare: 3, cell: (task) => <Time at={task.started} /> },
  stopped: { title: 'Stopped', width: '96px', sort: 'finished', cell: (task) => <Time at={task.finished} /> },
  host: { title: 'Host', width: 'minmax(100px, 1fr)', sort: 'hostname', cell: (task) => <AgentLink id={task.agent_id} hostname={task.hostname} /> },
  cpus: { title: 'CPUs', width: '56px', sort: 'cpus', numeric: true, spare: 2, cell: (task) => amount('cpus', task.resources.cpus) },
  mem: { title: 'Memory', width: '76px', sort: 'mem', numeric: true, spare: 2, cell: (task) => amount('mem', task.resources.mem) },
  why: { title: 'What happened', width: 'minmax(140px, 2fr)', cell: (task) => <span title={why(task)}>{why(task)}</span> },
  sandbox: {
    title: 'Files',
    width: '66px',
    cell: (task) => (
      <Show when={task.agent_id}>
        <a href={sandboxLink(task)} aria-label={`Sandbox of ${task.name || task.id}`}>
          Sandbox
        </a>
      </Show>
    ),
  },
};

const ACTIVE = ['name', 'id', 'state', 'health', 'framework', 'role', 'cpus', 'mem', 'started', 'host', 'sandbox'];
const COMPLETED = ['name', 'id', 'state', 'framework', 'role', 'why', 'started', 'stopped', 'host', 'sandbox'];

interface Props {
  tabs: Tab[];
  tab: string;
  framework?: string;
  agent?: string;
  role?: string;
  prefix?: string;
  /** Columns that say nothing on this page. */
  without?: string[];
  empty?: JSX.Element;
}

export function TaskList(props: Props): JSX.Element {
  const names = () => (['active', 'unreachable', 'TASK_RUNNING', 'TASK_STAGING'].includes(props.tab) ? ACTIVE : COMPLETED);
  const columns = () =>
    names()
      .filter((name) => !props.without?.includes(name))
      .map((name) => COLUMNS[name] as Column<TaskRow>);
  return (
    <Show when={props.tab} keyed>
      <List<TaskRow>
        title="Tasks"
        path="ui/tasks"
        parameters={{ framework: props.framework, agent: props.agent, role: props.role }}
        columns={columns()}
        topics={['task']}
        concerns={(event) => (!props.framework || event.framework_id === props.framework) && (!props.agent || event.agent_id === props.agent)}
        tabs={props.tabs}
        order={props.tab === 'completed' ? ['finished', 'desc'] : ['started', 'desc']}
        {...(props.prefix ? { prefix: props.prefix } : {})}
        empty={props.empty ?? <Empty title={props.tab === 'active' ? 'No tasks are running' : 'No tasks here'} />}
      />
    </Show>
  );
}
