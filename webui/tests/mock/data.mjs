/** An invented cluster of any size, the same at every start. */

let seed = 7;
const random = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
const pick = (list) => list[Math.floor(random() * list.length)];
const UUID = '2f1c9a54-7b1e-4c1d-9a6e-3f0f5a7c1d20';
const NAMES = ['web', 'etl', 'index', 'train', 'report', 'cache', 'stream', 'crawl'];
const ROLES = ['eng', 'eng/web', 'eng/data', 'ops', 'research/ml', '*'];
const GB = 1024;

const zero = () => ({ cpus: 0, gpus: 0, mem: 0, disk: 0 });
const add = (a, b) => Object.keys(a).forEach((key) => (a[key] += b[key]));

export function cluster(agentCount, taskCount) {
  const start = Math.floor(Date.now() / 1000) - 86_400 * 3;
  const agents = Array.from({ length: agentCount }, (_, i) => agent(i, start));
  const frameworks = Array.from({ length: 12 }, (_, i) => framework(i, start));
  const tasks = Array.from({ length: taskCount }, (_, i) => task(i, start, pick(agents), pick(frameworks)));
  return { start, agents, frameworks, tasks };
}

function agent(i, start) {
  const total = { cpus: pick([8, 16, 32]), gpus: i % 7 ? 0 : 4, mem: pick([32, 64, 128]) * GB, disk: 2000 * GB };
  return {
    id: `${UUID}-S${i}`,
    hostname: `node-${String(i).padStart(4, '0')}.rack${i % 20}.example`,
    port: 5051,
    state: i % 97 === 5 ? 'Unreachable' : i % 61 === 3 ? 'Deactivated' : 'Active',
    version: '1.11.0',
    usage: { total, allocated: zero(), offered: zero() },
    tasks: 0,
    registered_time: start + i,
    reregistered_time: i % 5 ? null : start + 7200 + i,
  };
}

function framework(i, start) {
  const completed = i > 9;
  return {
    id: `${UUID}-${String(i).padStart(4, '0')}`,
    name: `${pick(['spark', 'flink', 'marathon', 'chronos'])}-${NAMES[i % NAMES.length]}`,
    user: 'deploy',
    hostname: `gateway-${i}.example`,
    webui_url: i % 2 ? null : `http://gateway-${i}.example:8080`,
    principal: i % 3 ? null : 'deploy',
    roles: [ROLES[i % ROLES.length]],
    state: completed ? 'completed' : i === 9 ? 'inactive' : 'active',
    tasks: 0,
    allocated: zero(),
    offered: zero(),
    max_share: 0,
    registered_time: start + 60 * i,
    reregistered_time: null,
    unregistered_time: completed ? start + 80_000 : null,
  };
}

function task(i, start, on, of) {
  const ended = of.state === 'completed' || random() < 0.35;
  const state = ended ? pick(['TASK_FINISHED', 'TASK_FINISHED', 'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_LOST']) : pick(['TASK_RUNNING', 'TASK_RUNNING', 'TASK_RUNNING', 'TASK_STAGING']);
  const resources = { cpus: pick([0.1, 0.5, 1]), gpus: 0, mem: pick([128, 512, 1024]), disk: 0 };
  const started = start + Math.floor(random() * 250_000);
  if (!ended) {
    on.tasks += 1;
    of.tasks += 1;
    add(on.usage.allocated, resources);
    add(of.allocated, resources);
  }
  const failed = state === 'TASK_FAILED';
  return {
    id: `${NAMES[i % NAMES.length]}.${String(i).padStart(6, '0')}`,
    name: `${NAMES[i % NAMES.length]} ${i}`,
    framework_id: of.id,
    framework_name: of.name,
    agent_id: on.id,
    hostname: on.hostname,
    executor_id: '',
    role: of.roles[0],
    state,
    healthy: state === 'TASK_RUNNING' && i % 4 === 0 ? i % 44 !== 0 : null,
    message: failed ? 'Command exited with status 137' : null,
    reason: failed ? 'REASON_COMMAND_EXECUTOR_FAILED' : null,
    exit_code: failed ? 137 : null,
    started: state === 'TASK_STAGING' ? null : started,
    finished: ended ? started + Math.floor(random() * 5000) : null,
    resources,
  };
}

const field = (row, key) => (key in row ? row[key] : key.endsWith('_allocated') ? row.usage.allocated[key.slice(0, -10)] : (row.resources ?? row.allocated)?.[key]);

/** What the master does with search, sort, order, offset and limit. */
export function page(rows, query) {
  const needle = (query.get('search') ?? '').toLowerCase();
  let found = needle ? rows.filter((row) => `${row.id} ${row.name ?? ''} ${row.hostname ?? ''} ${row.framework_name ?? ''}`.toLowerCase().includes(needle)) : rows;
  const key = query.get('sort');
  if (key) {
    const sign = query.get('order') === 'desc' ? -1 : 1;
    found = [...found].sort((a, b) => {
      const [x, y] = [field(a, key), field(b, key)];
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return x < y ? -sign : x > y ? sign : 0;
    });
  }
  const offset = Number(query.get('offset') ?? 0);
  const limit = Math.min(1000, Number(query.get('limit') ?? 100));
  return { total: rows.length, matched: found.length, offset, rows: found.slice(offset, offset + limit) };
}
