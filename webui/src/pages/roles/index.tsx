/** `#/roles`: the tree of roles with what they have, and what they may have. */
import { createMemo, createSignal, For, Show, type JSX } from 'solid-js';
import { live } from '../../api/live';
import { overview } from '../../api/overview';
import type { Amounts, Role } from '../../api/types';
import { place, setQuery } from '../../router';
import { Empty, Head, Icon, Trouble, Waiting } from '../../ui/basics';
import { amount, amounts, count, KIND_NAMES, KINDS, percent, type Kind } from '../../ui/format';

/** What may stand in the columns of each kind of resource; the choice is part of the address. */
const PARTS = ['offered', 'allocated', 'reserved', 'guarantee', 'limit'] as const;
type Part = (typeof PARTS)[number];
const SHOWN: Part[] = ['allocated', 'reserved', 'limit'];

function value(role: Role, part: Part, kind: Kind): number | undefined {
  if (part === 'guarantee') return role.quota.guarantees[kind];
  if (part === 'limit') return role.quota.limits[kind];
  return role[part][kind];
}

export default function Roles(): JSX.Element {
  const answer = live<Role[]>(() => 'ui/roles', { topics: ['framework', 'task', 'agent'] });
  const search = () => (place().query['search'] ?? '').toLowerCase();
  const parts = (): Part[] => {
    const chosen = place().query['show']?.split(',');
    return chosen ? PARTS.filter((part) => chosen.includes(part)) : SHOWN;
  };
  const toggle = (part: Part) => {
    const next = PARTS.filter((one) => (one === part ? !parts().includes(one) : parts().includes(one)));
    setQuery({ show: next.join(',') || 'none' });
  };
  const [folded, setFolded] = createSignal<ReadonlySet<string>>(new Set());
  const names = createMemo(() => new Set(answer.data()?.map((role) => role.name)));
  const parents = createMemo(() => {
    const found = new Set<string>();
    for (const name of names()) for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) found.add(name.slice(0, at));
    return found;
  });
  const shown = createMemo(() =>
    (answer.data() ?? []).filter((role) => {
      if (search()) return role.name.toLowerCase().includes(search());
      for (const name of folded()) if (role.name.startsWith(`${name}/`)) return false;
      return true;
    }),
  );
  const fold = (name: string) => {
    const next = new Set(folded());
    if (!next.delete(name)) next.add(name);
    setFolded(next);
  };
  return (
    <>
      <Head title="Roles" sub="Resources are shared between roles by their weights; a role may have others below it." />
      <div class="toolbar">
        <div class="tabs" role="group" aria-label="Which columns">
          <For each={PARTS}>
            {(part) => (
              <button type="button" aria-pressed={parts().includes(part)} onClick={() => toggle(part)}>
                {part}
              </button>
            )}
          </For>
        </div>
        <span class="spring" />
        <label class="filter">
          <Icon name="search" />
          <input type="search" placeholder="Filter" aria-label="Filter roles" value={place().query['search'] ?? ''} onInput={(event) => setQuery({ search: event.currentTarget.value })} />
        </label>
      </div>
      <Show
        when={answer.data()}
        fallback={
          <Show when={answer.failure()} fallback={<Waiting />}>
            {(failure) => <Trouble failure={failure()} what="list of roles" />}
          </Show>
        }
      >
        <Show when={shown().length > 0} fallback={<Empty title={search() ? 'No role matches' : 'No role is in use'} />}>
          <div class="wide-table">
          <table class="plain roles">
            <caption class="visually-hidden">Roles</caption>
            <thead>
              <tr>
                <th scope="col">Role</th>
                <th scope="col" class="number">Weight</th>
                <th scope="col" class="number">Frameworks</th>
                <th scope="col">Share of the cluster</th>
                <For each={KINDS}>
                  {(kind) => <For each={parts()}>{(part) => <th scope="col" class="number">{KIND_NAMES[kind]} <small>{part}</small></th>}</For>}
                </For>
              </tr>
            </thead>
            <tbody>
              <For each={shown()}>
                {(role) => (
                  <Row role={role} parts={parts()} flat={search() !== ''} parent={parents().has(role.name)} folded={folded().has(role.name)} fold={() => fold(role.name)} />
                )}
              </For>
            </tbody>
          </table>
          </div>
        </Show>
      </Show>
    </>
  );
}

function Row(props: { role: Role; parts: Part[]; flat: boolean; parent: boolean; folded: boolean; fold: () => void }): JSX.Element {
  const depth = () => (props.flat ? 0 : props.role.name.split('/').length - 1);
  const label = () => (props.flat ? props.role.name : props.role.name.slice(props.role.name.lastIndexOf('/') + 1));
  return (
    <tr>
      <th scope="row">
        <span class="branch" style={{ 'padding-left': `${depth() * 20}px` }}>
          <Show when={props.parent && !props.flat} fallback={<span class="twig" />}>
            <button type="button" class="quiet twig" aria-expanded={!props.folded} aria-label={`Roles below ${props.role.name}`} onClick={() => props.fold()}>
              {props.folded ? '▸' : '▾'}
            </button>
          </Show>
          <a href={`#/tasks?role=${encodeURIComponent(props.role.name)}`} title={props.role.name}>{label()}</a>
        </span>
      </th>
      <td class="number">{count(props.role.weight)}</td>
      <td class="number">{props.role.frameworks.length || ''}</td>
      <td>
        <Dominant role={props.role} />
      </td>
      <For each={KINDS}>
        {(kind) => (
          <For each={props.parts}>
            {(part) => (
              <td class="number">
                <Show when={value(props.role, part, kind)} fallback={<span class="faint">–</span>}>
                  {(found) => <>{amount(kind, found())}</>}
                </Show>
              </td>
            )}
          </For>
        )}
      </For>
    </tr>
  );
}

/** The kind of resource of which the role has the largest part, as a bar with its quota. */
function Dominant(props: { role: Role }): JSX.Element {
  const part = (values: Partial<Amounts>, kind: Kind) => {
    const total = overview()?.resources.total[kind] ?? 0;
    return total > 0 ? Math.min(1, (values[kind] ?? 0) / total) : 0;
  };
  const kind = () => KINDS.reduce((best, one) => (part(props.role.allocated, one) > part(props.role.allocated, best) ? one : best));
  const share = () => part(props.role.allocated, kind());
  const limit = () => props.role.quota.limits[kind()];
  const title = () => [`allocated ${amounts(props.role.allocated)}`, `reserved ${amounts(props.role.reserved)}`, `offered ${amounts(props.role.offered)}`].join('\n');
  return (
    <span class="share wide" title={title()}>
      <span>
        {percent(share())} <small class="faint">{share() > 0 ? KIND_NAMES[kind()] : ''}</small>
      </span>
      <span class="bar" role="img" aria-label={`${percent(share())} of ${KIND_NAMES[kind()]} allocated`}>
        <span class="bar-used" style={{ width: `${share() * 100}%` }} />
        <span class="bar-offered" style={{ width: `${part(props.role.offered, kind()) * 100}%` }} />
        <Show when={limit() !== undefined}>
          <span class="bar-limit" style={{ left: `${part(props.role.quota.limits, kind()) * 100}%` }} />
        </Show>
      </span>
    </span>
  );
}
