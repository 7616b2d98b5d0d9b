/** The frameworks that run or ran something on an agent. */
import { For, Show, type JSX } from 'solid-js';
import { full, sum, type AgentDocument, type AgentFramework, type Used } from '../../api/agent';
import type { Agent, Amounts } from '../../api/types';
import { link } from '../../router';
import { amount, KIND_NAMES, shortId, type Kind } from '../../ui/format';

interface Props {
  state: AgentDocument;
  agent: Agent;
  used: (framework: string, executor: string) => Used | undefined;
}

export function FrameworkTable(props: Props): JSX.Element {
  return (
    <>
      <section aria-label="Frameworks">
        <h2>Frameworks</h2>
        <Table
          id={props.agent.id}
          frameworks={props.state.frameworks}
          allocated={(framework) => props.agent.frameworks.find((one) => one.id === framework.id)?.allocated ?? sum(framework.executors.map((one) => one.resources))}
          used={(framework) => usedBy(framework, props.used)}
          empty="No framework runs anything here."
        />
      </section>
      <Show when={props.state.completed_frameworks.length > 0}>
        <section aria-label="Completed frameworks">
          <h2>Completed frameworks</h2>
          <Table id={props.agent.id} frameworks={props.state.completed_frameworks} empty="" />
        </section>
      </Show>
    </>
  );
}

function usedBy(framework: AgentFramework, used: Props['used']): Amounts {
  return sum(framework.executors.map((executor) => { const one = used(framework.id, executor.id); return { cpus: one?.cpus ?? 0, mem: one?.mem ?? 0, disk: one?.disk ?? 0 }; }));
}

interface TableProps {
  id: string;
  frameworks: AgentFramework[];
  allocated?: (framework: AgentFramework) => Partial<Amounts>;
  used?: (framework: AgentFramework) => Amounts;
  empty: string;
}

const KINDS: Kind[] = ['cpus', 'gpus', 'mem', 'disk'];

function Table(props: TableProps): JSX.Element {
  const active = (framework: AgentFramework) => framework.executors.reduce((many, one) => many + one.tasks.length + one.queued_tasks.length, 0);
  return (
    <Show when={props.frameworks.length > 0} fallback={<p class="faint">{props.empty}</p>}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">ID</th>
            <th scope="col">Roles</th>
            <th scope="col" class="number">Executors</th>
            <Show when={props.allocated}>
              <th scope="col" class="number">Tasks</th>
              <For each={KINDS}>{(kind) => <th scope="col" class="number">{KIND_NAMES[kind]} used / allocated</th>}</For>
            </Show>
          </tr>
        </thead>
        <tbody>
          <For each={props.frameworks}>
            {(framework) => (
              <tr>
                <td>
                  <a href={link(['agents', props.id, 'frameworks', framework.id])}>{framework.name || shortId(framework.id)}</a>
                </td>
                <td class="id" title={framework.id}>{shortId(framework.id)}</td>
                <td>{(framework.roles ?? [framework.role]).join(', ')}</td>
                <td class="number">{framework.executors.length + framework.completed_executors.length}</td>
                <Show when={props.allocated}>
                  <td class="number">{active(framework)}</td>
                  <For each={KINDS}>
                    {(kind) => (
                      <td class="number">
                        {kind === 'gpus' ? '' : `${amount(kind, props.used?.(framework)[kind] ?? 0)} / `}
                        {amount(kind, full(props.allocated?.(framework))[kind])}
                      </td>
                    )}
                  </For>
                </Show>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </Show>
  );
}
