/** A framework's roles as a tree: `eng/web` and `eng/db` share their parent. */
import { For, Show, type JSX } from 'solid-js';
import { link } from '../../router';

interface Node {
  name: string;
  full: string;
  own: boolean;
  children: Node[];
}

export function roleTree(roles: string[]): Node[] {
  const root: Node = { name: '', full: '', own: false, children: [] };
  for (const role of roles) {
    let at = root;
    for (const part of role.split('/')) {
      const full = at.full ? `${at.full}/${part}` : part;
      let next = at.children.find((child) => child.name === part);
      if (!next) at.children.push((next = { name: part, full, own: false, children: [] }));
      at = next;
    }
    at.own = true;
  }
  return root.children;
}

export function RoleTree(props: { roles: string[]; suppressed: string[] }): JSX.Element {
  return <Level nodes={roleTree(props.roles)} suppressed={props.suppressed} />;
}

function Level(props: { nodes: Node[]; suppressed: string[] }): JSX.Element {
  return (
    <ul class="tree">
      <For each={props.nodes}>
        {(node) => (
          <li>
            <Show when={node.own} fallback={<span class="faint">{node.name}</span>}>
              <a href={link(['roles'], { search: node.full })}>{node.name}</a>
            </Show>
            <Show when={props.suppressed.includes(node.full)}>
              <span class="faint"> asks for no offers</span>
            </Show>
            <Show when={node.children.length > 0}>
              <Level nodes={node.children} suppressed={props.suppressed} />
            </Show>
          </li>
        )}
      </For>
    </ul>
  );
}
