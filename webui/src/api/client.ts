/**
 * Requests to the master, and whether it answers.
 *
 * While it does not, one loop asks for `/ui/overview` with growing pauses; what was read stays on
 * the screen, and `epoch` moves when the master is back, which makes every reader read again.
 */
import { createSignal } from 'solid-js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
const ANSWER_LIMIT_MS = 30_000;

export class Failure extends Error {
  constructor(
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Outage {
  since: number;
  text: string;
  /** When the next attempt is made; 0 while one is under way. */
  retryAt: number;
}

const [outage, setOutage] = createSignal<Outage | null>(null);
const [epoch, setEpoch] = createSignal(0);
export { outage, epoch };

let timer: number | undefined;

/** Query text from pairs; what is empty is left out. */
export function query(parameters: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal, headers: { Accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Failure(0, limit.aborted ? 'no answer within 30 seconds' : 'no connection');
  }
  if (response.ok) return response;
  const text = (await response.text().catch(() => '')).trim();
  throw new Failure(response.status, text.startsWith('<') || !text ? response.statusText : text.slice(0, 500));
}

/** GET of JSON from the master. Losing the master is noticed here, for everyone. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  try {
    const response = await request(path, { signal: signal ?? null });
    const answer = (await response.json()) as T;
    if (outage()) recovered();
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    const failure = error instanceof Failure ? error : new Failure(0, String(error));
    // An agent behind the master that does not answer is the page's own affair.
    if (!path.startsWith('agent/') && (failure.status === 0 || failure.status >= 502)) lost(failure);
    throw failure;
  }
}

/** What a person reads about a failure. */
export function explain(failure: Failure): string {
  if (failure.status === 0) return `The master gives no answer (${failure.message}).`;
  if (failure.status === 401) return 'The master wants to know who you are: reload the page and log in.';
  if (failure.status === 403) return 'You are not allowed to see this.';
  if (failure.status === 404) return failure.message && failure.message !== 'Not Found' ? failure.message : 'The master does not know this.';
  if (failure.status === 503) return 'There is no leading master at the moment.';
  return `${failure.status}: ${failure.message}`;
}

function lost(failure: Failure): void {
  if (outage()) return;
  setOutage({ since: Date.now(), text: explain(failure), retryAt: Date.now() + FIRST_PAUSE_MS });
  schedule(FIRST_PAUSE_MS);
}

function schedule(pause: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void attempt(pause), pause);
}

async function attempt(pause: number): Promise<void> {
  setOutage((now) => now && { ...now, retryAt: 0 });
  try {
    await request('ui/overview');
    recovered();
  } catch (error) {
    const next = Math.min(pause * 2, LONGEST_PAUSE_MS);
    const text = explain(error instanceof Failure ? error : new Failure(0, String(error)));
    setOutage((now) => now && { ...now, text, retryAt: Date.now() + next });
    schedule(next);
  }
}

function recovered(): void {
  clearTimeout(timer);
  setOutage(null);
  setEpoch((n) => n + 1);
}

export function tryNow(): void {
  clearTimeout(timer);
  void attempt(FIRST_PAUSE_MS);
}
