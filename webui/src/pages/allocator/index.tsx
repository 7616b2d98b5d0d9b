/** `#/allocator`: who stands where in the order of shares. */
import { For, Show, type JSX } from 'solid-js';
import { live } from '../../api/live';
import type { Allocator } from '../../api/types';
import { link, place } from '../../router';
import { Empty, FrameworkLink, Head, Time, Trouble, Waiting } from '../../ui/basics';
import { ALLOCATION_CHART, Charts } from '../../ui/charts';
import { count, percent } from '../../ui/format';
import { Bar } from '../../ui/usage';
import { WhyNoOffers } from './why';

export default function AllocatorPage(): JSX.Element {
  const answer = live<Allocator>(() => 'ui/allocator', { every: 3000, topics: ['framework'] });
  const chosen = () => place().query['framework'];
  return (
    <>
      <Head title="Allocator" sub="It offers free resources first to the role, and in it to the framework, with the smallest share for its weight." />
      <Charts which={[ALLOCATION_CHART]} />
      <Show
        when={answer.data()}
        fallback={
          <Show when={answer.failure()} fallback={<Waiting />}>
            {(failure) => <Trouble failure={failure()} what="allocator" />}
          </Show>
        }
      >
        {(allocator) => (
          <>
            <p class="note">
              {allocator().runs.toLocaleString('en')} runs since the start
              <Show when={allocator().last_run}>
                {(run) => (
                  <>
                    , the last <Time at={run().time} /> in {count(run().milliseconds)} ms
                  </>
                )}
              </Show>
              .
            </p>
            <Show when={chosen()}>{(framework) => <WhyNoOffers framework={framework()} />}</Show>
            <Show when={allocator().roles.length > 0} fallback={<Empty title="No framework asks for resources" />}>
              <Shares roles={allocator().roles} />
            </Show>
          </>
        )}
      </Show>
    </>
  );
}

function Shares(props: { roles: Allocator['roles'] }): JSX.Element {
  return (
    <table class="plain shares">
      <caption class="visually-hidden">Shares of roles and their frameworks</caption>
      <thead>
        <tr>
          <th scope="col">Role, framework</th>
          <th scope="col" class="number">
            Weight
          </th>
          <th scope="col">Share</th>
          <th scope="col" class="number">
            Filters
          </th>
          <th scope="col">Asks for offers</th>
          <th scope="col">
            <span class="visually-hidden">More</span>
          </th>
        </tr>
      </thead>
      <For each={props.roles}>
        {(role) => (
          <tbody>
            <tr class="role">
              <th scope="rowgroup">
                <a href={link(['roles'], { search: role.name })}>{role.name}</a>
              </th>
              <td class="number">{count(role.weight)}</td>
              <td>
                <ShareBar share={role.share} />
              </td>
              <td />
              <td />
              <td />
            </tr>
            <For each={role.frameworks}>
              {(framework) => (
                <tr>
                  <td class="inner">
                    <FrameworkLink id={framework.id} name={framework.name} />
                  </td>
                  <td />
                  <td>
                    <ShareBar share={framework.share} />
                  </td>
                  <td class="number">{framework.filters}</td>
                  <td>{framework.suppressed ? 'no, suppressed' : 'yes'}</td>
                  <td>
                    <a href={link(['allocator'], { framework: framework.id })} aria-label={`Why no offer for ${framework.name}?`}>
                      Why no offer?
                    </a>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        )}
      </For>
    </table>
  );
}

function ShareBar(props: { share: number }): JSX.Element {
  return (
    <span class="share wide">
      <span>{percent(props.share)}</span>
      <Bar allocated={props.share} total={1} label={percent(props.share)} />
    </span>
  );
}
