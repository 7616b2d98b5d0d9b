/** `#/agents/ID`: one machine, what it has, and what runs on it. */
import { For, Show, type JSX } from 'solid-js';
import { agentState, measured, sum } from '../../api/agent';
import { explain, query } from '../../api/client';
import { live } from '../../api/live';
import type { Agent } from '../../api/types';
import { link, place } from '../../router';
import { Copy, Crumbs, Facts, Head, State, Time, Trouble, Waiting } from '../../ui/basics';
import { Totals, AmountTable } from '../../ui/usage';
import { TaskList } from '../tasks/list';
import { FrameworkTable } from './frameworks';

export default function AgentPage(): JSX.Element {
  const id = () => place().segments[1] ?? '';
  const answer = live<Agent>(() => `ui/agent${query({ id: id() })}`, { topics: ['agent', 'task'], concerns: (event) => event.agent_id === id() });
  return (
    <>
      <Crumbs trail={[['Agents', '#/agents']]} />
      <Show
        when={answer.data()}
        fallback={
          <Show when={answer.failure()} fallback={<Waiting />}>
            {(failure) => <Trouble failure={failure()} what="agent" />}
          </Show>
        }
      >
        {(agent) => (
          <>
            <Head
              title={agent().hostname}
              sub={
                <>
                  <State state={agent().state} /> <span class="id">{agent().id}</span>
                  <Copy text={agent().id} what="agent ID" />
                </>
              }
            >
              <a class="button" href={link(['agents', id(), 'file'], { path: '/slave/log' })}>
                Agent log
              </a>
              <a class="button" href={link(['topology'], { search: agent().hostname })}>
                Topology
              </a>
            </Head>
            <Totals usage={agent().usage} />
            <Own id={id()} agent={agent()} />
            <TaskList
              tabs={[
                { value: 'active', title: 'Active', count: agent().tasks },
                { value: 'unreachable', title: 'Unreachable' },
                { value: 'completed', title: 'Completed' },
              ]}
              tab={place().query['state'] ?? 'active'}
              agent={id()}
              without={['host']}
            />
          </>
        )}
      </Show>
    </>
  );
}

/** What only the agent itself knows; it is asked through the master. */
function Own(props: { id: string; agent: Agent }): JSX.Element {
  const own = agentState(() => props.id);
  const used = measured(() => props.id);
  const executors = () => own.data()?.frameworks.flatMap((framework) => framework.executors.map((executor) => used(framework.id, executor.id))) ?? [];
  const usedNow = () => sum(executors().map((one) => ({ cpus: one?.cpus ?? 0, mem: one?.mem ?? 0, disk: one?.disk ?? 0 })));
  const free = () => {
    const { total, allocated } = props.agent.usage;
    return { cpus: total.cpus - allocated.cpus, gpus: total.gpus - allocated.gpus, mem: total.mem - allocated.mem, disk: total.disk - allocated.disk };
  };
  return (
    <>
      <div class="columns">
        <section aria-label="About" class="wide">
          <h2>About</h2>
          <Facts
            rows={[
              ['Address', props.agent.pid],
              ['Version', props.agent.version],
              ['Built', [own.data()?.build_date, own.data()?.build_user && `by ${own.data()?.build_user}`].filter(Boolean).join(' ')],
              ['Started', <Time at={own.data()?.start_time} />],
              ['Registered', <Time at={props.agent.registered_time} />],
              ['Re-registered', props.agent.reregistered_time && <Time at={props.agent.reregistered_time} />],
              ['Master', own.data()?.master_hostname],
              ['Domain', props.agent.domain && `${props.agent.domain.region} / ${props.agent.domain.zone}`],
              ['Attributes', props.agent.attributes.map((one) => `${one.name}:${one.text}`).join('; ')],
              ['Resources', <span class="long">{props.agent.resources}</span>],
              ['Capabilities', <span class="long">{props.agent.capabilities.join(', ')}</span>],
            ]}
          />
        </section>
        <section aria-label="Resources" class="wide">
          <h2>Resources</h2>
          <AmountTable
            caption="Resources of the agent"
            rows={[
              ['Used', usedNow()],
              ['Allocated', props.agent.usage.allocated],
              ['Offered', props.agent.usage.offered],
              ['Available', free()],
              ['Total', props.agent.usage.total],
            ]}
          />
          <Show when={props.agent.reservations.length > 0}>
            <h3>Reserved</h3>
            <AmountTable caption="Reservations by role" rows={props.agent.reservations.map((one) => [one.role, one.amounts])} />
          </Show>
        </section>
      </div>
      <Show when={own.failure()}>
        {(failure) => (
          <p class="note" role="status">
            The agent itself does not answer through the master: {failure().status >= 500 ? failure().message : explain(failure())}
          </p>
        )}
      </Show>
      <Show when={own.data()}>{(state) => <FrameworkTable state={state()} agent={props.agent} used={used} />}</Show>
      <Show when={(own.data()?.resource_providers?.length ?? 0) > 0}>
        <section aria-label="Resource providers">
          <h2>Resource providers</h2>
          <ul>
            <For each={own.data()?.resource_providers}>
              {(provider) => (
                <li>
                  {provider.resource_provider_info?.name} <span class="faint">{provider.resource_provider_info?.type}</span>
                </li>
              )}
            </For>
          </ul>
        </section>
      </Show>
    </>
  );
}
