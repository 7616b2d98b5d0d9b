/** The address behind `#` is the state of the page: a path of decoded segments, and a query. */
import { createSignal } from 'solid-js';

export interface Place {
  /** As written, without the query: `/agents/ID`. */
  path: string;
  segments: string[];
  query: Record<string, string>;
}

export function parse(hash: string): Place {
  const text = hash.replace(/^#/, '') || '/';
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const query: Record<string, string> = {};
  if (mark >= 0) for (const [key, value] of new URLSearchParams(text.slice(mark + 1))) query[key] = value;
  return { path, segments: path.split('/').filter(Boolean).map(decode), query };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `#/a/b?x=1` from decoded parts; empty values are left out. */
export function link(segments: string[], query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) search.set(key, value);
  const tail = search.toString();
  return `#/${segments.map(encodeURIComponent).join('/')}${tail ? `?${tail}` : ''}`;
}

/** Addresses of the 1.x UI that are spelled differently here. */
export function redirected(hash: string): string | null {
  if (/^#\/slaves(\/|\?|$)/.test(hash)) return hash.replace('#/slaves', '#/agents');
  return null;
}

const [place, setPlace] = createSignal<Place>({ path: '/', segments: [], query: {} });
export { place };

/** Where each entry of the browser's history was scrolled to. */
const scrolled = new Map<number, number>();
let entry = 0;
let entries = 0;

function arrive(): void {
  const target = redirected(location.hash);
  if (target) history.replaceState(null, '', target);
  const known = (history.state as { entry?: number } | null)?.entry;
  if (known === undefined) {
    entry = ++entries;
    history.replaceState({ entry }, '');
  } else {
    entry = known;
    entries = Math.max(entries, known);
  }
  const before = place().path;
  const next = parse(location.hash);
  setPlace(next);
  if (known !== undefined) restore(scrolled.get(known) ?? 0);
  else if (before !== next.path) scrollTo(0, 0);
}

/** A list has its height only when its first rows have come, so this is tried for a moment. */
function restore(top: number): void {
  const until = performance.now() + 1000;
  const attempt = () => {
    scrollTo(0, top);
    if (Math.abs(scrollY - top) > 1 && performance.now() < until) requestAnimationFrame(attempt);
  };
  requestAnimationFrame(attempt);
}

export function start(): void {
  history.scrollRestoration = 'manual';
  addEventListener('hashchange', arrive);
  addEventListener('scroll', () => scrolled.set(entry, scrollY), { passive: true });
  arrive();
}

export function go(hash: string): void {
  location.hash = hash;
}

export function replace(hash: string): void {
  history.replaceState(history.state, '', hash);
  setPlace(parse(hash));
}

/** Changes the query in place; no history entry, because typing in a search box would make hundreds. */
export function setQuery(changes: Record<string, string | null | undefined>): void {
  const now = place();
  replace(link(now.segments, { ...now.query, ...changes }));
}
