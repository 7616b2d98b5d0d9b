/** One box that finds everything: pages, tasks, frameworks, agents, roles. The key is `/`. */
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js';
import { get, query } from './api/client';
import type { AgentRow, FrameworkRow, Page, TaskRow } from './api/types';
import { go, link } from './router';
import { ROUTES } from './routes';
import { State, taskLink } from './ui/basics';
import { shortId } from './ui/format';

const EACH = 6;
const TYPING_PAUSE_MS = 150;

interface Hit {
  group: string;
  text: string;
  more: string;
  state?: string;
  href: string;
}

const PAGES: Hit[] = ROUTES.filter((one) => !one.pattern.includes(':')).map((one) => ({
  group: 'Pages',
  text: one.title,
  more: '',
  href: `#/${one.pattern}`,
}));

export function Search(props: { close: () => void }): JSX.Element {
  const [text, setText] = createSignal('');
  const [found, setFound] = createSignal<Hit[]>([]);
  const [busy, setBusy] = createSignal(false);
  const [chosen, setChosen] = createSignal(0);
  let dialog!: HTMLDialogElement;
  let timer: number | undefined;
  let abort = new AbortController();

  const hits = createMemo(() => {
    const pages = text() ? PAGES.filter((page) => page.text.toLowerCase().includes(text().toLowerCase())) : PAGES;
    return [...pages, ...(text() ? found() : [])];
  });
  createEffect(
    on(text, (search) => {
      clearTimeout(timer);
      abort.abort();
      setChosen(0);
      if (!search.trim()) return;
      abort = new AbortController();
      setBusy(true);
      timer = window.setTimeout(() => void ask(search.trim(), abort.signal), TYPING_PAUSE_MS);
    }),
  );
  const ask = async (search: string, signal: AbortSignal) => {
    try {
      const [frameworks, agents, active, completed] = await Promise.all([
        get<Page<FrameworkRow>>(`ui/frameworks${query({ search, limit: EACH })}`, signal),
        get<Page<AgentRow>>(`ui/agents${query({ search, limit: EACH })}`, signal),
        get<Page<TaskRow>>(`ui/tasks${query({ search, limit: EACH, state: 'active' })}`, signal),
        get<Page<TaskRow>>(`ui/tasks${query({ search, limit: EACH, state: 'completed', sort: 'finished', order: 'desc' })}`, signal),
      ]);
      setFound([
        ...frameworks.rows.map((one) => ({ group: 'Frameworks', text: one.name || one.id, more: shortId(one.id), state: one.state, href: link(['frameworks', one.id]) })),
        ...agents.rows.map((one) => ({ group: 'Agents', text: `${one.hostname}:${one.port}`, more: shortId(one.id), state: one.state, href: link(['agents', one.id]) })),
        ...[...active.rows, ...completed.rows].map((one) => ({ group: 'Tasks', text: one.name || one.id, more: one.name === one.id ? one.framework_name : `${one.id} · ${one.framework_name}`, state: one.state, href: taskLink(one) })),
      ]);
    } catch {
      if (!signal.aborted) setFound([]);
    } finally {
      if (!signal.aborted) setBusy(false);
    }
  };
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    dialog.close();
    go(hit.href);
  };
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const many = hits().length;
      if (many) setChosen((chosen() + step + many) % many);
      document.getElementById(`hit-${chosen()}`)?.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter') open(hits()[chosen()]);
  };
  onMount(() => dialog.showModal());
  onCleanup(() => {
    clearTimeout(timer);
    abort.abort();
  });
  return (
    <dialog
      ref={dialog}
      class="search"
      aria-label="Search"
      onClose={() => props.close()}
      onClick={(event) => {
        if (event.target === dialog) dialog.close();
      }}
    >
      <input
        type="search"
        autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="hits"
        aria-label="Search"
        aria-activedescendant={hits().length ? `hit-${chosen()}` : undefined}
        placeholder="Tasks, frameworks, agents, pages"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <div id="hits" role="listbox" aria-label="What was found">
        <For each={hits()}>
          {(hit, index) => (
            <>
              <Show when={hit.group !== hits()[index() - 1]?.group}>
                <div class="group" role="presentation">{hit.group}</div>
              </Show>
              <div
                id={`hit-${index()}`}
                role="option"
                aria-selected={index() === chosen()}
                onPointerMove={() => setChosen(index())}
                onClick={() => open(hit)}
              >
                <span class="text">{hit.text}</span>
                <span class="more">{hit.more}</span>
                <Show when={hit.state}>{(state) => <State state={state()} />}</Show>
              </div>
            </>
          )}
        </For>
        <Show when={hits().length === 0 && !busy()}>
          <p class="faint">Nothing is called “{text()}”.</p>
        </Show>
      </div>
    </dialog>
  );
}
