/** `#/agents/ID/browse?path=P`: the files of a sandbox. */
import { createMemo, For, Show, type JSX } from 'solid-js';
import { agentPath, agentState } from '../../api/agent';
import { query } from '../../api/client';
import { live } from '../../api/live';
import { link, place } from '../../router';
import { Copy, Crumbs, Head, Icon, Time, Trouble, Waiting } from '../../ui/basics';
import { bytes, shortId } from '../../ui/format';

interface Entry {
  path: string;
  mode: string;
  nlink: number;
  uid: string;
  gid: string;
  size: number;
  mtime: number;
}

export default function Browse(): JSX.Element {
  const agent = () => place().segments[1] ?? '';
  const path = () => place().query['path'] ?? '/';
  const answer = live<Entry[]>(() => `${agentPath(agent(), 'files/browse')}${query({ path: path() })}`, { every: 3000 });
  const state = agentState(agent);
  const entries = createMemo(() =>
    [...(answer.data() ?? [])].sort((a, b) => Number(isFolder(b)) - Number(isFolder(a)) || name(a).localeCompare(name(b))),
  );
  return (
    <>
      <Crumbs
        trail={[
          ['Agents', '#/agents'],
          [state.data()?.hostname ?? shortId(agent()), link(['agents', agent()])],
        ]}
      />
      <Head title="Sandbox" sub={<Path agent={agent()} path={path()} roots={sandboxes(state.data())} />} />
      <Show
        when={answer.data()}
        fallback={
          <Show when={answer.failure()} fallback={<Waiting />}>
            {(failure) => (
              <Show when={failure().status === 404} fallback={<Trouble failure={failure()} what="folder" />}>
                <div class="empty" role="alert">
                  <h2>This folder is gone</h2>
                  <p>Agents remove sandboxes some time after their tasks have ended, sooner when the disk fills up (--gc_delay).</p>
                </div>
              </Show>
            )}
          </Show>
        }
      >
        <Show when={entries().length > 0} fallback={<p class="empty">The folder is empty.</p>}>
          <table class="plain files">
            <caption class="visually-hidden">Files in {path()}</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col" class="number">Size</th>
                <th scope="col">Changed</th>
                <th scope="col">Mode</th>
                <th scope="col" class="number">Links</th>
                <th scope="col">Owner</th>
                <th scope="col">Group</th>
                <th scope="col"><span class="visually-hidden">Download</span></th>
              </tr>
            </thead>
            <tbody>
              <For each={entries()}>{(entry) => <Row agent={agent()} entry={entry} />}</For>
            </tbody>
          </table>
        </Show>
      </Show>
    </>
  );
}

function isFolder(entry: Entry): boolean {
  return entry.mode.startsWith('d');
}

function name(entry: Entry): string {
  return entry.path.slice(entry.path.lastIndexOf('/') + 1);
}

function Row(props: { agent: string; entry: Entry }): JSX.Element {
  const folder = () => isFolder(props.entry);
  const target = () => link(['agents', props.agent, folder() ? 'browse' : 'file'], { path: props.entry.path });
  return (
    <tr>
      <td>
        <a class="entry" href={target()} data-folder={folder() ? '' : undefined}>
          <Icon name={folder() ? 'folder' : 'file'} />
          {name(props.entry)}
        </a>
      </td>
      <td class="number">{folder() ? '' : bytes(props.entry.size)}</td>
      <td><Time at={props.entry.mtime} /></td>
      <td class="code">{props.entry.mode}</td>
      <td class="number">{props.entry.nlink}</td>
      <td>{props.entry.uid}</td>
      <td>{props.entry.gid}</td>
      <td>
        <Show when={!folder()}>
          <a href={`${agentPath(props.agent, 'files/download')}${query({ path: props.entry.path })}`} download="" aria-label={`Download ${name(props.entry)}`}>
            <Icon name="down" />
          </a>
        </Show>
      </td>
    </tr>
  );
}

function sandboxes(state: ReturnType<ReturnType<typeof agentState>['data']>): string[] {
  const all = [...(state?.frameworks ?? []), ...(state?.completed_frameworks ?? [])];
  return all.flatMap((one) => [...one.executors, ...one.completed_executors].map((executor) => executor.directory));
}

/** The path as links; what is above the sandbox cannot be looked at and is none. */
export function Path(props: { agent: string; path: string; roots: string[]; file?: boolean }): JSX.Element {
  const root = () => props.roots.find((one) => props.path === one || props.path.startsWith(`${one}/`)) ?? '';
  const parts = () =>
    props.path
      .slice(root().length)
      .split('/')
      .filter(Boolean)
      .map((part, index, all) => ({ part, path: `${root()}/${all.slice(0, index + 1).join('/')}`, last: index === all.length - 1 }));
  return (
    <span class="path">
      <Show when={root()}>
        {(top) => (
          <a href={link(['agents', props.agent, 'browse'], { path: top() })} title={top()}>
            {top().slice(top().lastIndexOf('/') + 1)}
          </a>
        )}
      </Show>
      <For each={parts()}>
        {(item) => (
          <>
            <span class="faint">/</span>
            <Show when={!item.last && root()} fallback={<span>{item.part}</span>}>
              <a href={link(['agents', props.agent, 'browse'], { path: item.path })}>{item.part}</a>
            </Show>
          </>
        )}
      </For>
      <Copy text={props.path} what="path" />
    </span>
  );
}
