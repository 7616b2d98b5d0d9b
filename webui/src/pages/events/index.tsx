/** `#/events`: what happens, while it happens. */
import { createSignal, For, Show, type JSX } from 'solid-js';
import { onEvent, streaming } from '../../api/events';
import type { Event } from '../../api/types';
import { link, place, setQuery } from '../../router';
import { Empty, Head, Icon, State, Time } from '../../ui/basics';
import { shortId } from '../../ui/format';

const KEPT = 1000;
const GROUPS = ['all', 'task', 'framework', 'agent'] as const;

export default function Events(): JSX.Element {
  const [events, setEvents] = createSignal<Event[]>([]);
  const [held, setHeld] = createSignal<Event[]>();
  const group = () => place().query['type'] ?? 'all';
  const search = () => (place().query['search'] ?? '').toLowerCase();

  // Many events in one moment are drawn once.
  let fresh: Event[] = [];
  onEvent((event) => {
    fresh.push(event);
    if (fresh.length > 1) return;
    requestAnimationFrame(() => {
      const more = fresh.reverse();
      fresh = [];
      setEvents((before) => [...more, ...before].slice(0, KEPT));
    });
  });
  const shown = () =>
    (held() ?? events()).filter(
      (event) => (group() === 'all' || event.type.startsWith(group()) || event.type === 'gap') && (!search() || JSON.stringify(event).toLowerCase().includes(search())),
    );
  return (
    <>
      <Head title="Events" sub={streaming() ? 'New events appear at the top.' : 'Waiting for the event stream…'} />
      <div class="toolbar">
        <div class="tabs" role="group" aria-label="Which events">
          <For each={GROUPS}>
            {(name) => (
              <button type="button" aria-pressed={group() === name} onClick={() => setQuery({ type: name === 'all' ? null : name })}>
                {name === 'all' ? 'All' : `${name.charAt(0).toUpperCase()}${name.slice(1)}s`}
              </button>
            )}
          </For>
        </div>
        <div class="tabs">
          <button type="button" aria-pressed={held() !== undefined} onClick={() => setHeld(held() ? undefined : events())}>
            Pause
          </button>
        </div>
        <span class="count" aria-live="off">
          {shown().length}
        </span>
        <span class="spring" />
        <label class="filter">
          <Icon name="search" />
          <input type="search" placeholder="Filter" aria-label="Filter events" value={place().query['search'] ?? ''} onInput={(event) => setQuery({ search: event.currentTarget.value })} />
        </label>
      </div>
      <Show when={shown().length > 0} fallback={<Empty title="Nothing has happened yet"><p>Started tasks, lost agents, new frameworks: everything appears here at once.</p></Empty>}>
        <table class="plain events">
          <caption class="visually-hidden">Events, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">State</th>
              <th scope="col">Of</th>
              <th scope="col">Details</th>
            </tr>
          </thead>
          <tbody>
            <For each={shown()}>
              {(event) => (
                <tr>
                  <td><Time at={event.time} /></td>
                  <td>{event.type.replaceAll('_', ' ')}</td>
                  <td><Show when={event.state}>{(state) => <State state={state()} />}</Show></td>
                  <td><Subject event={event} /></td>
                  <td class="long">{event.text}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </>
  );
}

function Subject(props: { event: Event }): JSX.Element {
  const { task_id: task, framework_id: framework, agent_id: agent } = props.event;
  if (task && framework) return <a href={link(['frameworks', framework, 'tasks', task])}>{task}</a>;
  if (framework) return <a href={link(['frameworks', framework])} title={framework}>{shortId(framework)}</a>;
  if (agent) return <a href={link(['agents', agent])} title={agent}>{shortId(agent)}</a>;
  return <span class="faint">–</span>;
}
