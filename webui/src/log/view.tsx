/**
 * A log: follows the file's end, pages backwards, searches, wraps, shows colours, saves.
 *
 * Lines are ordinary text in blocks that the browser skips while they are out of sight
 * (`content-visibility`), so selecting and the browser's own search work across all that is loaded.
 */
import { createEffect, createSignal, on, onCleanup, onMount, Show, type JSX } from 'solid-js';
import { explain, Failure, query } from '../api/client';
import { Icon } from '../ui/basics';
import { bytes } from '../ui/format';
import { setWrap, wrap } from '../ui/settings';
import { Blocks } from './blocks';
import { CUT_BYTES, readBackward, readForward, READ_BYTES, remoteFile, type RemoteFile } from './file';

const TAIL_PAUSE_MS = 1000;
const RETRY_PAUSE_MS = 3000;
/** How close to the beginning one has to scroll to get more. */
const NEAR_PX = 400;
/** What is shown at first, and how far a search goes back by itself. */
const FIRST_BYTES = READ_BYTES;
const SEARCH_BYTES = 16 * 1024 * 1024;
/** More than this is for an editor. */
const LOADED_BYTES = 48 * 1024 * 1024;

interface Props {
  /** `files`, or `agent/ID/files`. */
  base: string;
  path: string;
  /** In front of the buttons: the switch between stdout and stderr. */
  children?: JSX.Element;
  height?: 'page' | 'part';
  /** Said when there is no such file. */
  missing?: string;
}

export function LogView(props: Props): JSX.Element {
  const [size, setSize] = createSignal<number>();
  const [begin, setBegin] = createSignal(0);
  const [follow, setFollow] = createSignal(true);
  const [failure, setFailure] = createSignal<Failure>();
  const [loading, setLoading] = createSignal(true);
  const [search, setSearch] = createSignal('');
  const [hits, setHits] = createSignal<{ at: number; of: number }>();
  let pane!: HTMLDivElement;
  let blocks!: Blocks;
  let abort = new AbortController();
  let file: RemoteFile;
  let timer: number | undefined;
  let paging = false;
  let known = 0;

  const open = async () => {
    abort.abort();
    abort = new AbortController();
    clearTimeout(timer);
    blocks.clear();
    setFailure(undefined);
    setLoading(true);
    file = remoteFile(props.base, props.path, abort.signal);
    await attempt(async () => {
      known = await file.size();
      setSize(known);
      await load(Math.max(0, known - FIRST_BYTES), known);
      setLoading(false);
    });
  };

  /** Shows the file from `start`, moved on to the beginning of a line. */
  const load = async (start: number, end: number) => {
    if (end === 0) return;
    const piece = start === 0 ? await readForward(file, 0, end) : await readBackward(file, end);
    blocks.append(piece);
    setBegin(blocks.start);
    toEnd();
  };

  /** Runs a step of the reading; afterwards the next look at the file's end is planned. */
  const attempt = async (stepOnce: () => Promise<unknown>) => {
    const mine = abort;
    let pause = TAIL_PAUSE_MS;
    try {
      await stepOnce();
      if (mine === abort) setFailure(undefined);
    } catch (error) {
      if (mine !== abort || mine.signal.aborted) return;
      setLoading(false);
      setFailure(error instanceof Failure ? error : new Failure(0, String(error)));
      pause = RETRY_PAUSE_MS;
    }
    if (mine === abort) timer = window.setTimeout(() => void attempt(tail), pause);
  };

  const tail = async () => {
    if (document.hidden) return;
    if (size() === undefined) {
      await open();
      return;
    }
    known = await file.size();
    setSize(known);
    if (known < blocks.end) {
      blocks.clear();
      blocks.note('— the file was cut; from here it begins anew —');
    }
    if (!follow() && blocks.end > 0) return;
    // What came while nobody followed may be more than anyone wants to read.
    if (known - blocks.end > 16 * READ_BYTES) {
      blocks.clear();
      await load(known - FIRST_BYTES, known);
    }
    while (blocks.end < known && follow()) {
      const piece = await readForward(file, blocks.end, known);
      if (piece.end === piece.start) break;
      blocks.append(piece);
      setBegin(blocks.start);
      mark(false);
      toEnd();
      // The last character is still being written.
      if (known - piece.end <= CUT_BYTES) break;
    }
  };

  const toEnd = () => {
    if (follow()) pane.scrollTop = pane.scrollHeight;
  };

  const earlier = async (): Promise<boolean> => {
    if (paging || blocks.start === 0 || loading() || blocks.end - blocks.start > LOADED_BYTES) return false;
    paging = true;
    const mine = abort;
    try {
      const piece = await readBackward(file, blocks.start);
      if (mine !== abort) return false;
      const before = pane.scrollHeight - pane.scrollTop;
      blocks.prepend(piece);
      setBegin(blocks.start);
      pane.scrollTop = pane.scrollHeight - before;
      return true;
    } catch (error) {
      if (mine === abort && !mine.signal.aborted) setFailure(error instanceof Failure ? error : new Failure(0, String(error)));
      return false;
    } finally {
      paging = false;
    }
  };

  const scrolled = () => {
    const fromEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight;
    // The person decides: scrolling up stops following, scrolling to the end begins it again.
    if (fromEnd > 40 && follow() && pane.scrollTop < lastTop - 2) setFollow(false);
    else if (fromEnd < 4 && !follow()) setFollow(true);
    lastTop = pane.scrollTop;
    if (pane.scrollTop < NEAR_PX && !follow()) void earlier();
  };
  let lastTop = 0;

  const mark = (jump: boolean) => {
    const found = blocks.mark(search());
    setHits(search() ? { at: found.at, of: found.of } : undefined);
    if (jump) found.element?.scrollIntoView({ block: 'center' });
  };

  const find = async (direction: 1 | -1) => {
    if (!search()) return;
    setFollow(false);
    const mine = search();
    while (!blocks.step(direction) && direction < 0) {
      if (blocks.end - blocks.start > SEARCH_BYTES || !(await earlier()) || search() !== mine) break;
      blocks.mark(mine, false);
    }
    setHits({ at: blocks.current + 1, of: blocks.hits });
    blocks.focused()?.scrollIntoView({ block: 'center' });
  };

  onMount(() => {
    blocks = new Blocks(pane.querySelector('.log-text') as HTMLElement);
    createEffect(on([() => props.base, () => props.path], () => void open()));
    createEffect(on(search, () => mark(true), { defer: true }));
    createEffect(
      on(follow, (now) => {
        if (now) toEnd();
      }),
    );
  });
  onCleanup(() => {
    abort.abort();
    clearTimeout(timer);
  });

  const download = () => `${props.base}/download${query({ path: props.path })}`;
  return (
    <section class="log" data-height={props.height ?? 'page'} aria-label={`Log ${props.path}`}>
      <div class="toolbar">
        {props.children}
        <label class="filter">
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search"
            title="Enter goes back, Shift+Enter forward"
            aria-label="Search in the log"
            onInput={(event) => setSearch(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') void find(event.shiftKey ? 1 : -1);
            }}
          />
        </label>
        <span class="count hits" aria-live="polite">
          <Show when={hits()}>{(found) => <>{found().of ? `${found().at} of ${found().of}` : 'not found'}</>}</Show>
        </span>
        <span class="spring" />
        <span class="count" data-testid="log-size">
          <Show when={size() !== undefined}>
            {begin() > 0 ? `last ${bytes((size() ?? 0) - begin())} of ${bytes(size() ?? 0)}` : bytes(size() ?? 0)}
          </Show>
        </span>
        <div class="tabs" role="group" aria-label="How the log is shown">
          <button type="button" aria-pressed={follow()} onClick={() => setFollow(!follow())}>
            Follow
          </button>
          <button type="button" aria-pressed={wrap() === 'on'} onClick={() => setWrap(wrap() === 'on' ? 'off' : 'on')}>
            Wrap
          </button>
        </div>
        <a class="button" href={download()} download="">
          <Icon name="down" /> Download
        </a>
      </div>
      <div class="log-pane" ref={pane} onScroll={scrolled} tabindex="0" role="region" aria-label="Log text" data-wrap={wrap()} data-testid="log">
        <p class="log-note">{loading() ? 'Loading…' : begin() > 0 ? 'Scroll up for what was before.' : size() === 0 ? 'The file is empty so far.' : 'Beginning of the file'}</p>
        <div class="log-text" />
        <Show when={failure()}>
          {(why) => (
            <p class="log-note log-failure" role="alert">
              {why().status === 404 ? (props.missing ?? 'There is no such file (yet).') : why().status === 403 || why().status === 401 ? 'You are not allowed to read this file.' : explainRead(why())} Trying again…
            </p>
          )}
        </Show>
      </div>
    </section>
  );
}

function explainRead(failure: Failure): string {
  return failure.status >= 502 ? 'The agent of this file does not answer.' : explain(failure);
}
