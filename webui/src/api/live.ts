/** Answers that stay true: read again after a pause, and soon after an event that touches them. */
import { createEffect, createSignal, on, onCleanup } from 'solid-js';
import { epoch, Failure, get, outage } from './client';
import { onEvent } from './events';
import type { Event } from './types';

export type Topic = 'agent' | 'framework' | 'task';

const PAUSE_MS = 10_000;
/** Between two readings that events ask for. */
const SHORTEST_PAUSE_MS = 1000;
/** A slow answer is asked for more rarely: at most this part of the time is spent on it. */
const PAUSES_PER_ANSWER = 8;

export interface Live<T> {
  data: () => T | undefined;
  failure: () => Failure | undefined;
  refresh: () => void;
}

export interface Options {
  every?: number;
  topics?: Topic[];
  /** Whether an event concerns this answer; all of the topics do without it. */
  concerns?: (event: Event) => boolean;
}

/** Runs `read` now, after pauses, after events and when the master is back. */
export function repeat(read: () => Promise<unknown>, options: Options = {}): () => void {
  let timer: number | undefined;
  let running = false;
  let again = false;
  let pause = SHORTEST_PAUSE_MS;
  let ended = 0;

  const run = async () => {
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    if (document.hidden || outage()) {
      timer = window.setTimeout(run, SHORTEST_PAUSE_MS);
      return;
    }
    running = true;
    const begun = performance.now();
    await read().catch(() => undefined);
    ended = performance.now();
    pause = Math.max(SHORTEST_PAUSE_MS, (ended - begun) * PAUSES_PER_ANSWER);
    running = false;
    const wait = again ? pause : Math.max(options.every ?? PAUSE_MS, pause);
    again = false;
    if (!stopped) timer = window.setTimeout(run, wait);
  };
  let stopped = false;
  const soon = () => {
    if (running) again = true;
    else {
      clearTimeout(timer);
      timer = window.setTimeout(run, Math.max(0, ended + pause - performance.now()));
    }
  };
  if (options.topics) {
    onEvent((event) => {
      const topic = event.type.split('_')[0] as Topic | 'gap';
      if (topic !== 'gap' && !options.topics?.includes(topic)) return;
      if (options.concerns?.(event) ?? true) soon();
    });
  }
  createEffect(on(epoch, () => void run(), { defer: true }));
  onCleanup(() => {
    stopped = true;
    clearTimeout(timer);
  });
  void run();
  return () => void run();
}

/** The answer at `path`; another path forgets the former answer, `undefined` reads nothing. */
export function live<T>(path: () => string | undefined, options: Options = {}): Live<T> {
  const [data, setData] = createSignal<T>();
  const [failure, setFailure] = createSignal<Failure>();
  let abort = new AbortController();
  let former = '';

  const read = async () => {
    const wanted = path();
    if (wanted === undefined) return;
    const mine = abort;
    try {
      const answer = await get<T>(wanted, mine.signal);
      if (mine !== abort) return;
      // What is the same is left alone, and with it a person's selection of it.
      const text = JSON.stringify(answer);
      if (text !== former) setData(() => answer);
      former = text;
      setFailure(undefined);
    } catch (error) {
      if (mine !== abort || mine.signal.aborted) return;
      setFailure(error instanceof Failure ? error : new Failure(0, String(error)));
    }
  };
  const refresh = repeat(read, options);
  createEffect(
    on(
      path,
      () => {
        abort.abort();
        abort = new AbortController();
        setData(undefined);
        former = '';
        setFailure(undefined);
        void read();
      },
      { defer: true },
    ),
  );
  onCleanup(() => abort.abort());
  return { data, failure, refresh };
}
