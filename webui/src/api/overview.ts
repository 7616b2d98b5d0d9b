/** The overview is read once for the whole page: the bar, the home page and the buttons need it. */
import { createRoot } from 'solid-js';
import { live, type Live } from './live';
import type { Overview } from './types';

let shared: Live<Overview> | undefined;

export function overview(): Overview | undefined {
  shared ??= createRoot(() => live<Overview>(() => 'ui/overview', { every: 5000, topics: ['agent', 'framework', 'task'] }));
  return shared.data();
}

export function refreshOverview(): void {
  shared?.refresh();
}

export function clusterName(): string {
  const now = overview();
  return now ? (now.cluster ?? '(Unnamed)') : '';
}

/** `host:port`, for commands that a person may copy. */
export function masterAddress(): string {
  const leader = overview()?.leader;
  return leader ? `${leader.hostname}:${leader.port}` : location.host;
}
