/** What an agent's own `/state` and `/monitor/statistics` hold, as far as pages read it. */
import type { Amounts } from './types';
import { live } from './live';
import { query } from './client';

export interface AgentTask {
  id: string;
  name: string;
  state: string;
  resources: Partial<Amounts>;
  limits?: Partial<Record<'cpus' | 'mem', number | string>>;
  statuses?: { state: string; timestamp: number }[];
}

export interface AgentExecutor {
  id: string;
  name: string;
  source: string;
  role?: string;
  type?: string;
  container: string;
  directory: string;
  resources: Partial<Amounts>;
  tasks: AgentTask[];
  queued_tasks: AgentTask[];
  completed_tasks: AgentTask[];
}

export interface AgentFramework {
  id: string;
  name: string;
  role?: string;
  roles?: string[];
  hostname: string;
  executors: AgentExecutor[];
  completed_executors: AgentExecutor[];
}

export interface AgentDocument {
  id: string;
  hostname: string;
  version: string;
  build_date?: string;
  build_time?: number;
  build_user?: string;
  start_time: number;
  master_hostname?: string;
  log_dir?: string;
  external_log_file?: string;
  resources: Partial<Amounts>;
  frameworks: AgentFramework[];
  completed_frameworks: AgentFramework[];
  resource_providers?: { resource_provider_info?: { type?: string; name?: string }; total_resources?: unknown[] }[];
}

export interface Measured {
  framework_id: string;
  executor_id: string;
  statistics: {
    timestamp: number;
    cpus_limit?: number;
    cpus_system_time_secs?: number;
    cpus_user_time_secs?: number;
    mem_limit_bytes?: number;
    mem_rss_bytes?: number;
    disk_used_bytes?: number;
  };
}

export function agentPath(id: string, endpoint: string): string {
  return `agent/${encodeURIComponent(id)}/${endpoint}`;
}

export function agentState(id: () => string) {
  return live<AgentDocument>(() => agentPath(id(), 'state'), { every: 5000, topics: ['task'], concerns: (e) => e.agent_id === id() });
}

export interface Used {
  cpus: number | null;
  mem: number;
  disk: number;
}

/** What each executor really uses; processor time needs two measurements. */
export function measured(id: () => string) {
  const answer = live<Measured[]>(() => agentPath(id(), `monitor/statistics${query({})}`), { every: 3000 });
  let before = new Map<string, Measured>();
  let used = new Map<string, Used>();
  let seen: Measured[] | undefined;
  return (framework: string, executor: string): Used | undefined => {
    const all = answer.data();
    if (all !== seen && all) {
      const now = new Map(all.map((one) => [`${one.framework_id} ${one.executor_id}`, one]));
      used = new Map([...now].map(([key, one]) => [key, rate(one, before.get(key), used.get(key))]));
      before = now;
      seen = all;
    }
    return used.get(`${framework} ${executor}`);
  };
}

function rate(now: Measured, before: Measured | undefined, last: Used | undefined): Used {
  const time = (one: Measured) => (one.statistics.cpus_user_time_secs ?? 0) + (one.statistics.cpus_system_time_secs ?? 0);
  const passed = before ? now.statistics.timestamp - before.statistics.timestamp : 0;
  return {
    cpus: before && passed > 0 ? Math.max(0, (time(now) - time(before)) / passed) : (last?.cpus ?? null),
    mem: (now.statistics.mem_rss_bytes ?? 0) / 1024 / 1024,
    disk: (now.statistics.disk_used_bytes ?? 0) / 1024 / 1024,
  };
}

export function full(part: Partial<Amounts> | undefined): Amounts {
  return { cpus: part?.cpus ?? 0, gpus: part?.gpus ?? 0, mem: part?.mem ?? 0, disk: part?.disk ?? 0 };
}

export function sum(parts: Partial<Amounts>[]): Amounts {
  const total = full({});
  for (const part of parts) {
    const one = full(part);
    total.cpus += one.cpus;
    total.gpus += one.gpus;
    total.mem += one.mem;
    total.disk += one.disk;
  }
  return total;
}
