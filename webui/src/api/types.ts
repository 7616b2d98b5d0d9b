/**
 * What the master answers below `/ui/`: the shapes, and nothing that the master does not know.
 *
 * Every answer is JSON. Times are seconds since 1970, `mem` and `disk` are MB, counts are whole numbers. A page of a list
 * is asked for by `search`, `sort`, `order` (`asc`, `desc`), `offset` and `limit` (100, at most 1000), and by the filters named
 * at each list. `sort` names a field of the row, or `cpus`, `gpus`, `mem`, `disk`: of a usage that is its allocated part, and
 * `cpus_total` … are the others; without `order` it is ascending. Rows that are equal in it keep an order of their own, rows without a
 * value stand last in either direction. A parameter that an endpoint does not have, and a value that is not allowed, is 400 with
 * a text that says what is allowed; an unknown id is 404. A master that does not lead answers only `/ui/overview`; the other
 * endpoints redirect (307) or say 503. The server side is `core/master/src/view/ui/`.
 */

/** The four kinds of resources that have columns; `ports` and others are in `text`. */
export interface Amounts {
  cpus: number;
  gpus: number;
  mem: number;
  disk: number;
}

/** `total` is what there is; `allocated` and `offered` are parts of it. */
export interface Usage {
  total: Amounts;
  allocated: Amounts;
  offered: Amounts;
}

export interface Page<Row> {
  /** Rows that the filters leave, before `search`. */
  total: number;
  /** Rows that `search` leaves too. */
  matched: number;
  offset: number;
  rows: Row[];
}

/** `GET /ui/overview` */
export interface Overview {
  cluster: string | null;
  version: string;
  build: { date: string; user: string; git_sha: string | null };
  id: string;
  leader: { id: string; hostname: string; port: number } | null;
  start_time: number;
  elected_time: number | null;
  now: number;
  /** Whether `/files/read?path=/master/log` answers. */
  log: boolean;
  agents: { active: number; deactivated: number; unreachable: number };
  frameworks: { active: number; inactive: number; completed: number };
  /**
   * Counts by state without the `TASK_` in front: `STAGING`, `RUNNING`, `FAILED`, … Terminal states are counted since this
   * master was elected.
   */
  tasks: Record<string, number>;
  resources: Usage;
  /** What this master can do, so that no button is shown for what it cannot. */
  can: {
    teardown: boolean;
    /** Whether `/agent/<agent id>/…` is served (`--webui_agent_proxy`). */
    agent_proxy: boolean;
  };
}

/** `Recovered`: known from the registry, has not come back since this master was elected. */
export type AgentState = 'Active' | 'Deactivated' | 'Disconnected' | 'Recovered' | 'Unreachable';

/** `GET /ui/agents?state=`, by `hostname` unless `sort` says otherwise. Of unreachable agents the master knows only id and time. */
export interface AgentRow {
  id: string;
  hostname: string | null;
  port: number | null;
  state: AgentState;
  version: string | null;
  usage: Usage;
  tasks: number;
  registered_time: number | null;
  reregistered_time: number | null;
  unreachable_time: number | null;
}

/** `GET /ui/agent?id=` */
export interface Agent extends AgentRow {
  pid: string | null;
  attributes: { name: string; text: string }[];
  /** As the original prints them. */
  resources: string | null;
  domain: { region: string; zone: string } | null;
  capabilities: string[];
  /** Reserved amounts by role. */
  reservations: { role: string; amounts: Amounts }[];
  frameworks: { id: string; name: string; tasks: number; allocated: Amounts }[];
}

/** `GET /ui/frameworks?state=active|inactive|completed`, the newest first unless `sort` says otherwise. */
export interface FrameworkRow {
  id: string;
  name: string;
  user: string;
  hostname: string;
  webui_url: string | null;
  principal: string | null;
  roles: string[];
  state: 'active' | 'inactive' | 'completed';
  tasks: number;
  allocated: Amounts;
  offered: Amounts;
  /** Of the whole cluster's dominant resource, 0 to 1. */
  max_share: number;
  /** `null` until a framework of the registry has come back. */
  registered_time: number | null;
  reregistered_time: number | null;
  unregistered_time: number | null;
}

/** `GET /ui/framework?id=` */
export interface Framework extends FrameworkRow {
  capabilities: string[];
  failover_timeout: number;
  checkpoint: boolean;
  suppressed_roles: string[];
  /** Of the tasks that are remembered, by state as in the overview. */
  task_counts: Record<string, number>;
  labels: { key: string; value: string }[];
}

/**
 * `GET /ui/tasks?state=active|unreachable|completed|TASK_…&framework=&agent=&role=`, the newest first unless `sort` says
 * otherwise. `search` looks at id, name, host name and framework name.
 */
export interface TaskRow {
  id: string;
  name: string;
  framework_id: string;
  framework_name: string;
  agent_id: string;
  /** `null` if the agent is not registered now. */
  hostname: string | null;
  /** Of command tasks the id of the task. */
  executor_id: string;
  role: string;
  /** `TASK_…` */
  state: string;
  healthy: boolean | null;
  /** Of the last status. */
  message: string | null;
  reason: string | null;
  /** Where the message of the command executor says it. */
  exit_code: number | null;
  started: number | null;
  finished: number | null;
  resources: Amounts;
}

export interface TaskStatus {
  state: string;
  timestamp: number | null;
  message: string | null;
  reason: string | null;
  source: string | null;
  healthy: boolean | null;
  container_id: string | null;
  ip_addresses: string[];
}

/** `GET /ui/task?framework=&id=` */
export interface Task extends TaskRow {
  statuses: TaskStatus[];
  /** As the original prints them. */
  resources_text: string;
  limits: Record<string, number>;
  labels: { key: string; value: string }[];
  user: string | null;
  container: string | null;
  /** The name of the discovery info. */
  discovery: string | null;
  /** The executor's sandbox below the agent, for `/agent/<agent id>/files/browse?path=`. */
  sandbox: string;
}

/** `GET /ui/offers?framework=&agent=` */
export interface OfferRow {
  id: string;
  framework_id: string;
  framework_name: string;
  agent_id: string;
  hostname: string | null;
  role: string;
  resources: Amounts;
  /** As the original prints them. */
  text: string;
}

/** `GET /ui/roles`: `Role[]`, every role with its parents, sorted by name. */
export interface Role {
  name: string;
  weight: number;
  frameworks: string[];
  offered: Amounts;
  allocated: Amounts;
  reserved: Amounts;
  quota: { guarantees: Record<string, number>; limits: Record<string, number> };
}

/** `GET /ui/series`: one value every `interval` seconds, the last of them at `end`; `null` where nothing was measured. */
export interface Series {
  interval: number;
  end: number;
  values: Record<
    'cpus_allocated' | 'cpus_total' | 'mem_allocated' | 'mem_total' | 'offers_sent' | 'tasks_launched' | 'tasks_running' | 'allocation_ms',
    (number | null)[]
  >;
}

/** `GET /ui/allocator`: at most a second old. Shares are the sorters' own: dominant, by weight. */
export interface Allocator {
  runs: number;
  last_run: { time: number; milliseconds: number } | null;
  roles: {
    name: string;
    weight: number;
    share: number;
    frameworks: { id: string; name: string; share: number; suppressed: boolean; filters: number }[];
  }[];
}

/** `GET /ui/why?framework=`: why a registered framework gets no offers, from the allocator's own records; at most a second old. */
export interface Why {
  framework_id: string;
  name: string;
  /** Offers that it holds now. */
  offers: number;
  reasons: {
    /**
     * Of the framework: `inactive`, `recovering` (agents are waited for), `no_roles`. Of a role: `suppressed`, `no_agents`. Of
     * agents: `share` (nothing stands in the way), `all_allocated` (or reserved to others), `filtered`, `too_small`, `constraints`,
     * `capability`, `quota`, `agents_inactive`, `whitelist`; those with the most agents first.
     */
    code: string;
    role: string | null;
    /** How many agents it holds for; 0 for those that have nothing to do with agents. */
    agents: number;
    text: string;
  }[];
}

/** `GET /ui/events`: server-sent events. `id:` is `sequence`; `Last-Event-ID`, or `?last=`, repeats what the ring still has. */
export interface Event {
  sequence: number;
  time: number;
  type:
    | 'agent_added'
    | 'agent_changed'
    | 'agent_removed'
    | 'framework_added'
    | 'framework_changed'
    | 'framework_removed'
    | 'task_added'
    | 'task_updated'
    /** Some events were left out: read the lists again. */
    | 'gap';
  agent_id?: string;
  framework_id?: string;
  task_id?: string;
  state?: string;
  text: string;
}
