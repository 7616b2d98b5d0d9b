/** The small parts that every page is made of. */
import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js';
import { explain, type Failure } from '../api/client';
import { link } from '../router';
import { ago, iso, shortId, stateName, tone } from './format';
import { setTimes, times } from './settings';

const [now, setNow] = createSignal(Date.now() / 1000);
setInterval(() => setNow(Date.now() / 1000), 1000);
export { now };

/** A time that a click turns from relative to exact, and all others with it. */
export function Time(props: { at: number | null | undefined }): JSX.Element {
  return (
    <Show when={props.at} fallback={<span class="faint">–</span>}>
      {(at) => (
        <time
          dateTime={iso(at())}
          title={`${iso(at())} · ${ago(now() - at())} (a click switches)`}
          onClick={() => setTimes(times() === 'relative' ? 'iso' : 'relative')}
        >
          {times() === 'relative' ? ago(now() - at()) : iso(at())}
        </time>
      )}
    </Show>
  );
}

export function State(props: { state: string; healthy?: boolean | null }): JSX.Element {
  return (
    <span class="state" data-tone={tone(props.state)}>
      {stateName(props.state)}
      <Show when={props.healthy === false}>
        <span class="unhealthy"> · unhealthy</span>
      </Show>
    </span>
  );
}

export function Icon(props: { name: keyof typeof ICONS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[props.name]} />
    </svg>
  );
}

const ICONS = {
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'M3 8.5l3.5 3.5L13 4.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5l3 3',
  down: 'M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10',
  folder: 'M2 4.5v8h12v-6.5H8l-1.5-1.5z',
  file: 'M4 2.5h5.5L12 5v8.5H4zM9.5 2.5V5H12',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5',
  close: 'M4 4l8 8M12 4l-8 8',
  up: 'M8 13V3.5M4 7.5L8 3.5l4 4',
} as const;

export function Copy(props: { text: string; what: string }): JSX.Element {
  const [done, setDone] = createSignal(false);
  let timer: number | undefined;
  onCleanup(() => clearTimeout(timer));
  const copy = async () => {
    await copyText(props.text);
    setDone(true);
    timer = window.setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" class="quiet" title={`Copy ${props.what}`} aria-label={done() ? 'Copied' : `Copy ${props.what}`} onClick={() => void copy()}>
      <Icon name={done() ? 'check' : 'copy'} />
    </button>
  );
}

/** The clipboard interface exists only on https and localhost. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
  return undefined;
}

export function FrameworkLink(props: { id: string; name?: string | undefined }): JSX.Element {
  return (
    <a href={link(['frameworks', props.id])} title={props.id}>
      {props.name || shortId(props.id)}
    </a>
  );
}

export function AgentLink(props: { id: string; hostname?: string | null | undefined }): JSX.Element {
  return (
    <Show when={props.id} fallback={<span class="faint">–</span>}>
      <a href={link(['agents', props.id])} title={props.id}>
        {props.hostname || shortId(props.id)}
      </a>
    </Show>
  );
}

export function taskLink(task: { framework_id: string; id: string }): string {
  return link(['frameworks', task.framework_id, 'tasks', task.id]);
}

/** A command task's executor has the task's own id. */
export function sandboxLink(task: { agent_id: string; framework_id: string; executor_id: string; id: string }): string {
  const executor = task.executor_id || task.id;
  return link(['agents', task.agent_id, 'frameworks', task.framework_id, 'executors', executor, 'tasks', task.id, 'browse']);
}

export function External(props: { href: string }): JSX.Element {
  const safe = () => /^https?:\/\//i.test(props.href);
  return (
    <Show when={safe()} fallback={<span>{props.href}</span>}>
      <a href={props.href} target="_blank" rel="noopener noreferrer">
        {props.href.replace(/^https?:\/\//, '')}
      </a>
    </Show>
  );
}

/** Pairs of a name and what it is; a row whose value is empty is left out. */
export function Facts(props: { rows: [string, JSX.Element][] }): JSX.Element {
  return (
    <dl class="facts">
      <For each={props.rows.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false)}>
        {([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        )}
      </For>
    </dl>
  );
}

export function Head(props: { title: JSX.Element; sub?: JSX.Element; children?: JSX.Element }): JSX.Element {
  return (
    <header class="head">
      <div>
        <h1 tabindex="-1">{props.title}</h1>
        <Show when={props.sub}>
          <p class="sub">{props.sub}</p>
        </Show>
      </div>
      <div class="actions">{props.children}</div>
    </header>
  );
}

export function Crumbs(props: { trail: [string, string][] }): JSX.Element {
  return (
    <nav class="crumbs" aria-label="Where you are">
      <For each={props.trail}>
        {([text, href]) => (
          <>
            <a href={href}>{text}</a>
            <span aria-hidden="true">/</span>
          </>
        )}
      </For>
    </nav>
  );
}

/** Says why there is nothing to see. */
export function Trouble(props: { failure: Failure; what: string }): JSX.Element {
  return (
    <div class="empty" role="alert">
      <h2>{props.failure.status === 404 ? `There is no ${props.what} here` : `This ${props.what} cannot be shown`}</h2>
      <p>{explain(props.failure)}</p>
    </div>
  );
}

export function Empty(props: { title: string; children?: JSX.Element }): JSX.Element {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

export function Waiting(): JSX.Element {
  return (
    <div class="waiting" role="status">
      <span class="visually-hidden">Loading</span>
    </div>
  );
}
