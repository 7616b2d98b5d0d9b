/**
 * A list of any length, of which only the pages that are looked at are here.
 *
 * Another search, order or filter keeps the old rows until the new ones have come, so nothing jumps.
 */
import { batch, createEffect, createSignal, on, onCleanup } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import { Failure, get, query } from './client';
import { repeat, type Options } from './live';
import type { Page } from './types';

export const PAGE_ROWS = 100;
/** Pages that are kept although they are out of sight. */
const PAGES_KEPT = 12;
/** While rows are on their way, the next ones are asked for after this time. */
const FLYING_MS = 60;

export interface Rows<Row> {
  total: () => number | undefined;
  matched: () => number;
  row: (index: number) => Row | undefined;
  /** Says which rows are in sight. */
  show: (first: number, last: number) => void;
  failure: () => Failure | undefined;
  loading: () => boolean;
  address: (offset: number, limit: number) => string;
}

export function rows<Row extends object>(path: string, parameters: () => Record<string, string | undefined>, options: Options): Rows<Row> {
  const [counts, setCounts] = createSignal<{ total: number; matched: number }>();
  const [pages, setPages] = createStore<Record<number, Row[] | undefined>>({});
  const [failure, setFailure] = createSignal<Failure>();
  const [loading, setLoading] = createSignal(true);
  let sight: [number, number] = [0, 0];
  const underWay = new Map<number, AbortController>();
  let timer: number | undefined;
  let renewing = false;
  let renewals = 0;

  const address = (offset: number, limit: number) => `${path}${query({ ...parameters(), offset, limit })}`;

  const load = async (page: number, fresh: boolean) => {
    if (underWay.has(page)) return;
    const mine = new AbortController();
    underWay.set(page, mine);
    const stale = () => underWay.get(page) !== mine;
    try {
      const answer = await get<Page<Row>>(address(page * PAGE_ROWS, PAGE_ROWS), mine.signal);
      if (stale()) return;
      batch(() => {
        setCounts({ total: answer.total, matched: answer.matched });
        if (fresh) forget(() => true);
        setPages(page, reconcile(answer.rows, { key: null }));
        setFailure(undefined);
        setLoading(false);
      });
    } catch (error) {
      if (stale()) return;
      setFailure(error instanceof Failure ? error : new Failure(0, String(error)));
      setLoading(false);
    } finally {
      if (!stale()) underWay.delete(page);
    }
  };

  const forget = (which: (page: number) => boolean) => {
    for (const key of Object.keys(pages)) if (which(Number(key))) setPages(Number(key), undefined);
  };

  /** Gives requests up whose rows nobody waits for any more. */
  const drop = (which: (page: number) => boolean) => {
    for (const [page, abort] of underWay) {
      if (!which(page)) continue;
      underWay.delete(page);
      abort.abort();
    }
  };

  const inSight = () => {
    const [first, last] = sight;
    const numbers = [];
    for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page++) numbers.push(page);
    return numbers;
  };

  const reload = async () => {
    const wanted = inSight();
    // What is out of sight is older than what is in it, and read again when it is looked at.
    forget((page) => !wanted.includes(page));
    await Promise.all(wanted.map((page) => load(page, false)));
  };

  const look = () => {
    timer = undefined;
    // The first page of another search says how many rows there are at all.
    if (renewing) return;
    const wanted = inSight();
    drop((page) => !wanted.includes(page));
    for (const page of wanted) if (pages[page] === undefined) void load(page, false);
    const kept = Object.keys(pages).map(Number).filter((page) => pages[page] !== undefined);
    if (kept.length > PAGES_KEPT) forget((page) => !wanted.includes(page));
  };

  repeat(reload, options);
  createEffect(
    on(
      () => JSON.stringify(parameters()),
      () => {
        drop(() => true);
        setLoading(true);
        sight = [0, Math.min(sight[1] - sight[0], PAGE_ROWS - 1)];
        const mine = ++renewals;
        renewing = true;
        void load(0, true).finally(() => {
          if (mine !== renewals) return;
          renewing = false;
          look();
        });
      },
      { defer: true },
    ),
  );
  onCleanup(() => {
    clearTimeout(timer);
    drop(() => true);
  });

  return {
    total: () => counts()?.total,
    matched: () => counts()?.matched ?? 0,
    row: (index) => pages[Math.floor(index / PAGE_ROWS)]?.[index % PAGE_ROWS],
    show: (first, last) => {
      sight = [first, last];
      // Rows that fly past are not asked for.
      timer ??= window.setTimeout(look, underWay.size > 0 ? FLYING_MS : 0);
    },
    failure,
    loading,
    address,
  };
}
