/** `#/frameworks`: who uses the cluster. */
import { For, Show, type JSX } from 'solid-js';
import { masterAddress, overview } from '../../api/overview';
import type { FrameworkRow } from '../../api/types';
import { link, place } from '../../router';
import { Empty, External, Head, Time } from '../../ui/basics';
import { amount, percent, shortId } from '../../ui/format';
import { List, type Column, type Tab } from '../../ui/list';

const NAME: Column<FrameworkRow> = {
  title: 'Name',
  width: 'minmax(140px, 2fr)',
  sort: 'name',
  cell: (framework) => <a href={link(['frameworks', framework.id])}>{framework.name || framework.id}</a>,
};
const ID: Column<FrameworkRow> = {
  title: 'ID',
  width: 'minmax(100px, 1fr)',
  sort: 'id',
  spare: 1,
  cell: (framework) => (
    <span class="id" title={framework.id}>
      {shortId(framework.id)}
    </span>
  ),
};
const HOST: Column<FrameworkRow> = {
  title: 'Host',
  width: 'minmax(100px, 1fr)',
  sort: 'hostname',
  cell: (framework) => (
    <Show when={framework.webui_url} fallback={framework.hostname}>
      {(url) => <External href={url()} />}
    </Show>
  ),
};
const USER: Column<FrameworkRow> = { title: 'User', width: 'minmax(60px, 0.6fr)', sort: 'user', spare: 2, cell: (framework) => framework.user };
const ROLES: Column<FrameworkRow> = {
  title: 'Roles',
  width: 'minmax(60px, 0.8fr)',
  spare: 3,
  cell: (framework) => <span title={framework.roles.join('\n')}>{framework.roles.join(', ')}</span>,
};
const PRINCIPAL: Column<FrameworkRow> = {
  title: 'Principal',
  width: 'minmax(60px, 0.6fr)',
  sort: 'principal',
  spare: 1,
  cell: (framework) => framework.principal ?? <span class="faint">–</span>,
};

function figure(kind: 'cpus' | 'gpus' | 'mem' | 'disk', title: string, width: string, spare?: 1 | 2 | 3): Column<FrameworkRow> {
  return { title, width, sort: kind, numeric: true, ...(spare ? { spare } : {}), cell: (framework) => amount(kind, framework.allocated[kind]) };
}

function time(title: string, key: 'registered_time' | 'reregistered_time' | 'unregistered_time', spare?: 1 | 2 | 3): Column<FrameworkRow> {
  return { title, width: '100px', sort: key, ...(spare ? { spare } : {}), cell: (framework) => <Time at={framework[key]} /> };
}

const ACTIVE: Column<FrameworkRow>[] = [
  NAME,
  ID,
  HOST,
  USER,
  ROLES,
  PRINCIPAL,
  { title: 'Tasks', width: '62px', sort: 'tasks', numeric: true, cell: (framework) => framework.tasks.toLocaleString('en') },
  figure('cpus', 'CPUs', '62px'),
  figure('gpus', 'GPUs', '56px', 2),
  figure('mem', 'Memory', '82px'),
  figure('disk', 'Disk', '76px', 2),
  { title: 'Max share', width: '82px', sort: 'max_share', numeric: true, cell: (framework) => percent(framework.max_share) },
  time('Registered', 'registered_time', 3),
  time('Re-registered', 'reregistered_time', 1),
];
const COMPLETED = [NAME, ID, HOST, USER, ROLES, PRINCIPAL, time('Registered', 'registered_time'), time('Unregistered', 'unregistered_time')];

export default function Frameworks(): JSX.Element {
  const tab = () => place().query['state'] ?? 'active';
  const tabs = (): Tab[] => [
    { value: 'active', title: 'Active', count: overview()?.frameworks.active },
    { value: 'inactive', title: 'Inactive', count: overview()?.frameworks.inactive },
    { value: 'completed', title: 'Completed', count: overview()?.frameworks.completed },
  ];
  return (
    <>
      <Head title="Frameworks" sub="A framework gets offers of resources and runs its tasks on those it accepts." />
      <For each={[tab() === 'completed']}>
        {(completed) => (
          <List<FrameworkRow>
            title="Frameworks"
            path="ui/frameworks"
            columns={completed ? COMPLETED : ACTIVE}
            topics={['framework', 'task']}
            tabs={tabs()}
            order={completed ? ['unregistered_time', 'desc'] : ['name', 'asc']}
            empty={
              <Empty title="No frameworks here">
                <p>The smallest framework runs one command:</p>
                <pre>mesos-execute --master={masterAddress()} --name=hello --command='echo hello; sleep 60'</pre>
              </Empty>
            }
          />
        )}
      </For>
    </>
  );
}
