/**
 * One connection to `/ui/events` for the whole page.
 *
 * It is closed while the tab is hidden: browsers allow six connections to a server, and hidden tabs
 * must not use them up.
 */
import { createSignal, onCleanup } from 'solid-js';
import { epoch, get } from './client';
import type { Event } from './types';

/** After the browser has given up by itself, which it does on any answer but 200. */
const REOPEN_MS = 5000;

export const TYPES: Event['type'][] = [
  'agent_added',
  'agent_changed',
  'agent_removed',
  'framework_added',
  'framework_changed',
  'framework_removed',
  'task_added',
  'task_updated',
  'gap',
];

type Listener = (event: Event) => void;
const listeners = new Set<Listener>();
const [streaming, setStreaming] = createSignal(false);
export { streaming };

let source: EventSource | null = null;
let reopen: number | undefined;
let last = '';

function open(): void {
  clearTimeout(reopen);
  if (source || document.hidden) return;
  // The browser repeats the last id only when it reconnects by itself.
  source = new EventSource(last ? `ui/events?last=${last}` : 'ui/events');
  source.onopen = () => setStreaming(true);
  source.onerror = () => {
    setStreaming(false);
    // The stream breaks at once when the master ends; the lists would notice seconds later.
    get('ui/overview').catch(() => undefined);
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      reopen = window.setTimeout(open, REOPEN_MS);
    }
  };
  source.onmessage = receive;
  for (const type of TYPES) source.addEventListener(type, receive);
}

function receive(message: MessageEvent<string>): void {
  last = message.lastEventId || last;
  let event: Event;
  try {
    event = JSON.parse(message.data) as Event;
  } catch {
    return;
  }
  for (const listener of listeners) listener(event);
}

function close(): void {
  source?.close();
  source = null;
  setStreaming(false);
}

export function start(): void {
  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  open();
}

/** The master is back: do not wait for the browser's own patience. */
export function restart(): void {
  if (epoch() === 0) return;
  // A restarted master counts from the beginning.
  last = '';
  close();
  open();
}

/** Calls `listener` for every event as long as the calling component lives. */
export function onEvent(listener: Listener): void {
  listeners.add(listener);
  onCleanup(() => listeners.delete(listener));
}
