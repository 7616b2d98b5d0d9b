/**
 * A list of any length: search, order and filters are done by the master, only the rows in sight
 * are in the document, and the page's own scroll bar moves them.
 */
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show, type JSX } from 'solid-js';
import { explain } from '../api/client';
import type { Topic } from '../api/live';
import { rows } from '../api/rows';
import type { Event } from '../api/types';
import { go, place, setQuery } from '../router';
import { Icon } from './basics';
import { csv, save, wholeList } from './export';

const ROW_PX = 34;
/** Rows kept ready above and below what is in sight. */
const SPARE_ROWS = 12;
const TYPING_PAUSE_MS = 200;

export interface Column<Row> {
  title: string;
  /** A `grid-template-columns` size. */
  width: string;
  /** The name that the master orders by. */
  sort?: string;
  numeric?: boolean;
  /** Left out when the window is narrow; 1 goes first. */
  spare?: 1 | 2 | 3;
  cell: (row: Row) => JSX.Element;
}

export interface Tab {
  value: string;
  title: string;
  count?: number | undefined;
}

export interface ListProps<Row> {
  title: string;
  path: string;
  parameters?: Record<string, string | undefined>;
  columns: Column<Row>[];
  /** Where the first column leads; also what Enter on a row opens. */
  topics: Topic[];
  concerns?: (event: Event) => boolean;
  /** Alternatives of the parameter `state`; the first one is shown without being asked for. */
  tabs?: Tab[];
  tabParameter?: string;
  /** Distinguishes the address parameters of two lists on a page. */
  prefix?: string;
  empty?: JSX.Element;
  order?: [string, 'asc' | 'desc'];
}

export function List<Row extends object>(props: ListProps<Row>): JSX.Element {
  const name = (key: string) => (props.prefix ? `${props.prefix}.${key}` : key);
  const value = (key: string) => place().query[name(key)];
  const tab = () => value('state') ?? props.tabs?.[0]?.value;
  const sort = () => value('sort') ?? props.order?.[0];
  const order = () => value('order') ?? (value('sort') ? 'asc' : (props.order?.[1] ?? 'asc'));
  const parameters = createMemo(() => ({
    ...props.parameters,
    ...(props.tabs ? { [props.tabParameter ?? 'state']: tab() || undefined } : {}),
    search: value('search'),
    sort: sort(),
    order: sort() ? order() : undefined,
  }));
  const list = rows<Row>(props.path, parameters, { topics: props.topics, ...(props.concerns ? { concerns: props.concerns } : {}) });
  const [range, setRange] = createSignal<[number, number]>([0, 30], { equals: (a, b) => a[0] === b[0] && a[1] === b[1] });
  let body!: HTMLDivElement;

  const measure = () => {
    const top = body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(-top / ROW_PX) - SPARE_ROWS);
    const last = Math.max(first, Math.ceil((innerHeight - top) / ROW_PX) + SPARE_ROWS);
    setRange([first, Math.min(last, first + 200)]);
  };
  onMount(() => {
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    // Whatever grows above the list moves it.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    onCleanup(() => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
      observer.disconnect();
    });
  });
  const inSight = createMemo(() => {
    const [first, last] = range();
    const end = Math.min(last + 1, list.matched());
    return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  });
  createEffect(
    on([range, list.matched], ([[first, last], matched]) => {
      if (matched > 0) list.show(Math.min(first, matched - 1), Math.min(last, matched - 1));
    }),
  );

  const template = (level: number) =>
    props.columns
      .filter((column) => !column.spare || column.spare > level)
      .map((column) => column.width)
      .join(' ');
  const toggle = (key: string) => {
    const next = sort() === key && order() === 'asc' ? 'desc' : 'asc';
    setQuery({ [name('sort')]: key, [name('order')]: next });
  };

  return (
    <section class="list" aria-label={props.title} style={{ '--cols': template(0), '--cols-1': template(1), '--cols-2': template(2), '--cols-3': template(3) }}>
      <Toolbar
        {...props}
        list={list}
        tab={tab()}
        search={value('search') ?? ''}
        onTab={(next) => setQuery({ [name('state')]: next === props.tabs?.[0]?.value ? null : next })}
        onSearch={(text) => setQuery({ [name('search')]: text })}
      />
      <div role="table" aria-label={props.title} aria-rowcount={list.matched() + 1} aria-busy={list.loading()}>
        <div class="row titles" role="row" aria-rowindex="1">
          <For each={props.columns}>
            {(column) => (
              <div
                role="columnheader"
                data-numeric={column.numeric ? '' : undefined}
                data-spare={column.spare}
                aria-sort={column.sort && column.sort === sort() ? (order() === 'asc' ? 'ascending' : 'descending') : undefined}
              >
                <Show when={column.sort} fallback={column.title}>
                  {(key) => (
                    <button type="button" class="title" onClick={() => toggle(key())}>
                      {column.title}
                      <span class="arrow" aria-hidden="true">
                        {key() === sort() ? (order() === 'asc' ? '▲' : '▼') : ''}
                      </span>
                    </button>
                  )}
                </Show>
              </div>
            )}
          </For>
        </div>
        <div
          class="rows"
          role="rowgroup"
          ref={body}
          style={{ height: `${list.matched() * ROW_PX}px` }}
          onKeyDown={(event) => moveFocus(event, body)}
          onDblClick={(event) => openRow(event.target)}
        >
          <div class="window" style={{ transform: `translateY(${range()[0] * ROW_PX}px)` }}>
            <For each={inSight()}>
              {(index) => (
                <div class="row" role="row" aria-rowindex={index + 2} data-odd={index % 2 ? '' : undefined}>
                  <Show when={list.row(index)} fallback={<Placeholder columns={props.columns.length} />}>
                    {(row) => (
                      <For each={props.columns}>
                        {(column) => (
                          <div role="cell" data-numeric={column.numeric ? '' : undefined} data-spare={column.spare}>
                            {column.cell(row())}
                          </div>
                        )}
                      </For>
                    )}
                  </Show>
                </div>
              )}
            </For>
          </div>
        </div>
      </div>
      <Foot list={list} search={value('search')} empty={props.empty} />
    </section>
  );
}

function Placeholder(props: { columns: number }): JSX.Element {
  return <For each={Array.from({ length: props.columns })}>{() => <div role="cell" class="placeholder" />}</For>;
}

function Foot(props: { list: ReturnType<typeof rows>; search: string | undefined; empty: JSX.Element }): JSX.Element {
  return (
    <>
      <Show when={props.list.failure()}>
        {(failure) => (
          <p class="note" role="alert">
            {explain(failure())}
          </p>
        )}
      </Show>
      <Show when={!props.list.loading() && props.list.matched() === 0 && !props.list.failure()}>
        <div class="empty">
          <Show when={props.search} fallback={props.empty ?? <h2>Nothing here</h2>}>
            <h2>Nothing matches “{props.search}”</h2>
          </Show>
        </div>
      </Show>
    </>
  );
}

interface ToolbarProps {
  title: string;
  tabs?: Tab[];
  list: ReturnType<typeof rows>;
  tab: string | undefined;
  search: string;
  onTab: (value: string) => void;
  onSearch: (text: string) => void;
}

function Toolbar(props: ToolbarProps): JSX.Element {
  let timer: number | undefined;
  onCleanup(() => clearTimeout(timer));
  const typed = (text: string) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => props.onSearch(text), TYPING_PAUSE_MS);
  };
  const shown = () => {
    const total = props.list.total();
    if (total === undefined) return '';
    const matched = props.list.matched();
    return matched === total ? total.toLocaleString('en') : `${matched.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  };
  return (
    <div class="toolbar">
      <h2>{props.title}</h2>
      <Show when={props.tabs} fallback={<span class="count">{shown()}</span>}>
        {(tabs) => (
          <div class="tabs" role="group" aria-label={`Which ${props.title.toLowerCase()}`}>
            <For each={tabs()}>
              {(item) => (
                <button type="button" aria-pressed={item.value === props.tab} onClick={() => props.onTab(item.value)}>
                  {item.title}
                  <Show when={item.count !== undefined}>
                    <span class="count">{item.count?.toLocaleString('en')}</span>
                  </Show>
                </button>
              )}
            </For>
          </div>
        )}
      </Show>
      <span class="spring" />
      <Show when={props.tabs && props.search}>
        <span class="count" aria-live="polite">
          {shown()}
        </span>
      </Show>
      <label class="filter">
        <Icon name="search" />
        <input
          type="search"
          placeholder="Filter"
          aria-label={`Filter ${props.title.toLowerCase()}`}
          value={props.search}
          onInput={(event) => typed(event.currentTarget.value)}
        />
      </label>
      <Export title={props.title} address={props.list.address} />
    </div>
  );
}

function Export(props: { title: string; address: (offset: number, limit: number) => string }): JSX.Element {
  const [busy, setBusy] = createSignal<string>();
  const run = async (kind: 'csv' | 'json') => {
    setBusy('0 %');
    try {
      const all = await wholeList<object>(props.address, (part) => setBusy(`${Math.round(part * 100)} %`));
      const file = `${props.title.toLowerCase().replaceAll(' ', '-')}.${kind}`;
      if (kind === 'csv') save(file, 'text/csv', csv(all));
      else save(file, 'application/json', JSON.stringify(all, null, 2));
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <div class="tabs" role="group" aria-label={`Save ${props.title.toLowerCase()}`}>
      <Show when={!busy()} fallback={<button type="button" disabled>{busy()}</button>}>
        <button type="button" title="Save the whole list for a spreadsheet" onClick={() => void run('csv')}>
          CSV
        </button>
        <button type="button" title="Save the whole list as JSON" onClick={() => void run('json')}>
          JSON
        </button>
      </Show>
    </div>
  );
}

function rowLink(row: Element | null | undefined): HTMLAnchorElement | null {
  return row?.querySelector('a') ?? null;
}

/** Up and Down go from row to row, also to those that are not in the document yet. */
function moveFocus(event: KeyboardEvent, body: HTMLElement): void {
  const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = (event.target as Element).closest('.row');
  const next = Number(row?.getAttribute('aria-rowindex')) + step;
  if (!row || next < 2) return;
  const target = rowLink(body.querySelector(`.row[aria-rowindex="${next}"]`));
  if (!target) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'nearest' });
}

function openRow(target: EventTarget): void {
  const element = target as Element;
  if (element.closest('a, button, time')) return;
  const first = rowLink(element.closest('.row'));
  if (first) go(first.getAttribute('href') ?? '#/');
}
