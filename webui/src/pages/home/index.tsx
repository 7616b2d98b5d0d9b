/** `#/`: the cluster at a glance, and its tasks. */
import { For, Show, type JSX } from 'solid-js';
import { masterAddress, overview } from '../../api/overview';
import { link, place } from '../../router';
import { Empty, Facts, Head, State, Time } from '../../ui/basics';
import { Charts } from '../../ui/charts';
import { shortId } from '../../ui/format';
import { Totals } from '../../ui/usage';
import { TaskList } from '../tasks/list';
import { taskTabs } from '../tasks';

export default function Home(): JSX.Element {
  const now = overview;
  const leader = () => {
    const found = now()?.leader;
    return found ? `${found.hostname}:${found.port}` : 'none';
  };
  return (
    <>
      <Head title={now() ? (now()?.cluster ?? '(Unnamed)') : '\u00a0'} sub={now() ? `Mesos ${now()?.version}, leading master ${leader()}` : '\u00a0'}>
        <Show when={now()?.log}>
          <a class="button" href="#/log">
            Master log
          </a>
        </Show>
      </Head>
      <Totals usage={now()?.resources} />
      <Charts />
      <div class="columns glance">
        <Counts />
        <section aria-label="Master">
          <h2>Master</h2>
          <Facts
            rows={[
              ['Version', now()?.version],
              ['Built', built()],
              ['Started', <Time at={now()?.start_time} />],
              ['Elected', <Time at={now()?.elected_time} />],
              ['Leader', leader()],
              ['ID', <span class="id" title={now()?.id}>{shortId(now()?.id ?? '')}</span>],
            ]}
          />
        </section>
      </div>
      <TaskList tabs={taskTabs()} tab={place().query['state'] ?? 'active'} empty={<Welcome />} />
    </>
  );
}

function built(): string {
  const build = overview()?.build;
  if (!build) return '';
  return [build.date, build.user && `by ${build.user}`, build.git_sha?.slice(0, 10)].filter(Boolean).join(' ');
}

const AGENT_COUNTS: [keyof NonNullable<ReturnType<typeof overview>>['agents'], string][] = [
  ['active', 'Active'],
  ['deactivated', 'Deactivated'],
  ['unreachable', 'Unreachable'],
];
const TASK_COUNTS = ['STAGING', 'STARTING', 'RUNNING', 'KILLING', 'UNREACHABLE', 'FINISHED', 'KILLED', 'FAILED', 'LOST'];
const FRAMEWORK_COUNTS = ['active', 'inactive', 'completed'] as const;

function Counts(): JSX.Element {
  return (
    <>
      <section aria-label="Agent counts">
        <h2>
          <a href="#/agents">Agents</a>
        </h2>
        <ul class="counts">
          <For each={AGENT_COUNTS}>
            {([key, name]) => <Count href={link(['agents'], { state: name })} state={name} many={overview()?.agents[key]} />}
          </For>
        </ul>
      </section>
      <section aria-label="Framework counts">
        <h2>
          <a href="#/frameworks">Frameworks</a>
        </h2>
        <ul class="counts">
          <For each={FRAMEWORK_COUNTS}>
            {(name) => <Count href={link(['frameworks'], { state: name })} state={name} many={overview()?.frameworks[name]} />}
          </For>
        </ul>
      </section>
      <section aria-label="Task counts" class="wide">
        <h2>
          <a href="#/tasks">Tasks</a>
        </h2>
        <ul class="counts two">
          <For each={TASK_COUNTS}>
            {(name) => <Count href={link(['tasks'], { state: `TASK_${name}` })} state={name} many={overview() ? (overview()?.tasks[name] ?? 0) : undefined} />}
          </For>
        </ul>
      </section>
    </>
  );
}

function Count(props: { href: string; state: string; many: number | undefined }): JSX.Element {
  return (
    <li data-zero={props.many === 0 ? '' : undefined}>
      <a href={props.href}>
        <State state={props.state} />
        <b>{props.many === undefined ? '\u00a0' : props.many.toLocaleString('en')}</b>
      </a>
    </li>
  );
}

/** What to do next, for someone who sees this page for the first time. */
function Welcome(): JSX.Element {
  const none = () => overview()?.agents.active === 0;
  return (
    <Show
      when={none()}
      fallback={
        <Empty title="No tasks are running">
          <p>Tasks come from frameworks. The smallest one is a single command:</p>
          <pre>mesos-execute --master={masterAddress()} --name=hello --command='echo hello; sleep 60'</pre>
        </Empty>
      }
    >
      <Empty title="This cluster has no agents yet">
        <p>An agent offers its machine's resources to the cluster. On every machine that shall take part:</p>
        <pre>mesos-agent --master={masterAddress()} --work_dir=/var/lib/mesos</pre>
      </Empty>
    </Show>
  );
}
