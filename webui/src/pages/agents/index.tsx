/** `#/agents`: the machines. */
import { type JSX } from 'solid-js';
import { masterAddress, overview } from '../../api/overview';
import type { AgentRow } from '../../api/types';
import { link } from '../../router';
import { Empty, Head, State, Time } from '../../ui/basics';
import { shortId, type Kind } from '../../ui/format';
import { List, type Column, type Tab } from '../../ui/list';
import { Share } from '../../ui/usage';

function share(kind: Kind, title: string, width: string, spare?: 1 | 2 | 3): Column<AgentRow> {
  return { title, width, sort: `${kind}_allocated`, ...(spare ? { spare } : {}), cell: (agent) => <Share usage={agent.usage} kind={kind} /> };
}

const COLUMNS: Column<AgentRow>[] = [
  {
    title: 'Host',
    width: 'minmax(140px, 2fr)',
    sort: 'hostname',
    cell: (agent) => (
      <a href={link(['agents', agent.id])}>
        {agent.hostname}
        <span class="faint">:{agent.port}</span>
      </a>
    ),
  },
  {
    title: 'ID',
    width: 'minmax(110px, 1fr)',
    sort: 'id',
    spare: 1,
    cell: (agent) => (
      <span class="id" title={agent.id}>
        {shortId(agent.id)}
      </span>
    ),
  },
  { title: 'State', width: '112px', sort: 'state', cell: (agent) => <State state={agent.state} /> },
  { title: 'Tasks', width: '62px', sort: 'tasks', numeric: true, cell: (agent) => agent.tasks.toLocaleString('en') },
  share('cpus', 'CPUs', '118px'),
  share('gpus', 'GPUs', '84px', 2),
  share('mem', 'Memory', '148px'),
  share('disk', 'Disk', '148px', 2),
  { title: 'Version', width: '72px', sort: 'version', spare: 1, cell: (agent) => agent.version },
  { title: 'Registered', width: '100px', sort: 'registered_time', spare: 3, cell: (agent) => <Time at={agent.registered_time} /> },
  { title: 'Re-registered', width: '108px', sort: 'reregistered_time', spare: 2, cell: (agent) => <Time at={agent.reregistered_time} /> },
];

export default function Agents(): JSX.Element {
  const tabs = (): Tab[] => {
    const counts = overview()?.agents;
    return [
      { value: '', title: 'All' },
      { value: 'Active', title: 'Active', count: counts?.active },
      { value: 'Deactivated', title: 'Deactivated', count: counts?.deactivated },
      { value: 'Unreachable', title: 'Unreachable', count: counts?.unreachable },
    ];
  };
  return (
    <>
      <Head title="Agents" sub="An agent runs tasks on its machine and offers what is free." />
      <List<AgentRow>
        title="Agents"
        path="ui/agents"
        columns={COLUMNS}
        topics={['agent', 'task']}
        tabs={tabs()}
        order={['hostname', 'asc']}
        empty={
          <Empty title="No agents here">
            <p>An agent joins the cluster with:</p>
            <pre>mesos-agent --master={masterAddress()} --work_dir=/var/lib/mesos</pre>
          </Empty>
        }
      />
    </>
  );
}
