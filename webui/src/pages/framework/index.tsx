/** `#/frameworks/ID`: one framework with its tasks, its share, and why it gets no offers. */
import { For, Show, type JSX } from 'solid-js';
import { live } from '../../api/live';
import { overview } from '../../api/overview';
import { query } from '../../api/client';
import type { Framework } from '../../api/types';
import { link, place } from '../../router';
import { Copy, Crumbs, External, Facts, Head, State, Time, Trouble, Waiting } from '../../ui/basics';
import { duration, percent, tone } from '../../ui/format';
import { AmountTable } from '../../ui/usage';
import { TaskList } from '../tasks/list';
import { WhyNoOffers } from '../allocator/why';
import { RoleTree } from './roles';
import { Teardown } from './teardown';

export default function FrameworkPage(): JSX.Element {
  const id = () => place().segments[1] ?? '';
  const answer = live<Framework>(() => `ui/framework${query({ id: id() })}`, {
    topics: ['framework', 'task'],
    concerns: (event) => event.framework_id === id(),
  });
  return (
    <>
      <Crumbs trail={[['Frameworks', '#/frameworks']]} />
      <Show when={answer.data()} fallback={<Missing live={answer} />}>
        {(framework) => (
          <>
            <Head
              title={framework().name || framework().id}
              sub={
                <>
                  <State state={framework().state} /> <span class="id">{framework().id}</span>
                  <Copy text={framework().id} what="framework ID" />
                </>
              }
            >
              <Show when={framework().webui_url}>{(url) => <External href={url()} />}</Show>
              <Show when={overview()?.can.teardown && framework().state !== 'completed'}>
                <Teardown framework={framework()} done={answer.refresh} />
              </Show>
            </Head>
            <Details framework={framework()} />
            <Show when={framework().state !== 'completed'}>
              <WhyNoOffers framework={id()} />
            </Show>
            <TaskList tabs={tabs(framework())} tab={place().query['state'] ?? 'active'} framework={id()} without={['framework']} />
          </>
        )}
      </Show>
    </>
  );
}

function Missing(props: { live: ReturnType<typeof live<Framework>> }): JSX.Element {
  return (
    <Show when={props.live.failure()} fallback={<Waiting />}>
      {(failure) => <Trouble failure={failure()} what="framework" />}
    </Show>
  );
}

const ACTIVE = ['STAGING', 'STARTING', 'RUNNING', 'KILLING'];

function tabs(framework: Framework) {
  const entries = Object.entries(framework.task_counts);
  const sum = (keep: (name: string) => boolean) => entries.reduce((total, [name, many]) => total + (keep(name) ? many : 0), 0);
  return [
    { value: 'active', title: 'Active', count: sum((name) => ACTIVE.includes(name)) },
    { value: 'unreachable', title: 'Unreachable', count: framework.task_counts['UNREACHABLE'] ?? 0 },
    { value: 'completed', title: 'Completed', count: sum((name) => !ACTIVE.includes(name) && name !== 'UNREACHABLE') },
  ];
}

function Details(props: { framework: Framework }): JSX.Element {
  const framework = () => props.framework;
  return (
    <div class="columns three">
      <section aria-label="About" class="wide">
        <h2>About</h2>
        <Facts
          rows={[
            ['User', framework().user],
            ['Host', framework().hostname],
            ['Principal', framework().principal],
            ['Registered', <Time at={framework().registered_time} />],
            ['Re-registered', framework().reregistered_time && <Time at={framework().reregistered_time} />],
            ['Unregistered', framework().unregistered_time && <Time at={framework().unregistered_time} />],
            ['Failover timeout', duration(framework().failover_timeout)],
            ['Checkpoints', framework().checkpoint ? 'yes' : 'no'],
            ['Max share', percent(framework().max_share)],
            ['Capabilities', framework().capabilities.join(', ')],
            ['Labels', framework().labels.map((label) => `${label.key}=${label.value}`).join(', ')],
          ]}
        />
      </section>
      <section aria-label="Roles">
        <h2>Roles</h2>
        <RoleTree roles={framework().roles} suppressed={framework().suppressed_roles} />
      </section>
      <section aria-label="Resources" class="wide">
        <h2>Resources</h2>
        <AmountTable
          caption="Resources of the framework"
          rows={[
            ['Allocated', framework().allocated],
            ['Offered', framework().offered],
          ]}
        />
        <ul class="chips">
          <For each={Object.entries(framework().task_counts).filter(([, many]) => many > 0)}>
            {([name, many]) => (
              <li data-tone={tone(name)}>
                <a href={link(['frameworks', framework().id], { state: `TASK_${name}` })}>
                  <State state={name} /> <b>{many.toLocaleString('en')}</b>
                </a>
              </li>
            )}
          </For>
        </ul>
      </section>
    </div>
  );
}
