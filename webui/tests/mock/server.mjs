/**
 * The built page before an invented cluster: `node tests/mock/server.mjs [port] [agents] [tasks] [prefix]`.
 *
 * For work on the page, and for measuring it with more agents and tasks than a test can start. What
 * the real master answers is tested with the real master.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cluster, page } from './data.mjs';

const [port = '8090', agentCount = '40', taskCount = '400', prefix = ''] = process.argv.slice(2);
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const { start, agents, frameworks, tasks } = cluster(Number(agentCount), Number(taskCount));
const total = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
const allocated = { ...total };
for (const agent of agents) for (const key of Object.keys(total)) ((total[key] += agent.usage.total[key]), (allocated[key] += agent.usage.allocated[key]));
for (const one of frameworks) one.max_share = one.allocated.cpus / total.cpus;
const usage = { total, allocated, offered: { cpus: total.cpus * 0.05, gpus: 0, mem: total.mem * 0.05, disk: 0 } };
const active = tasks.filter((task) => task.finished === null);
const completed = tasks.filter((task) => task.finished !== null);
const roleOf = (name) => {
  const own = frameworks.filter((one) => one.state === 'active' && (one.roles[0] === name || one.roles[0].startsWith(`${name}/`)));
  const sum = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  for (const one of own) for (const key of Object.keys(sum)) sum[key] += one.allocated[key];
  const limits = name === 'eng' ? { cpus: total.cpus * 0.6 } : {};
  return { name, weight: name === 'ops' ? 2 : 1, frameworks: own.map((one) => one.id), offered: { cpus: 0, gpus: 0, mem: 0, disk: 0 }, allocated: sum, reserved: { cpus: 0, gpus: 0, mem: 0, disk: 0 }, quota: { guarantees: {}, limits } };
};
const roles = ['*', 'eng', 'eng/data', 'eng/web', 'ops', 'research', 'research/ml'].map(roleOf);

function overview() {
  const counts = {};
  for (const task of tasks) counts[task.state.slice(5)] = (counts[task.state.slice(5)] ?? 0) + 1;
  const state = (name) => agents.filter((agent) => agent.state === name).length;
  const frame = (name) => frameworks.filter((one) => one.state === name).length;
  return {
    cluster: 'harbour',
    version: '1.11.0',
    build: { date: '2026-11-20 12:00:00', user: 'build', git_sha: '0123456789abcdef' },
    id: '2f1c9a54-7b1e-4c1d-9a6e-3f0f5a7c1d20',
    leader: { id: 'x', hostname: 'master-1.example', port: 5050 },
    start_time: start,
    elected_time: start + 2,
    now: Date.now() / 1000,
    log: true,
    agents: { active: state('Active'), deactivated: state('Deactivated'), unreachable: state('Unreachable') },
    frameworks: { active: frame('active'), inactive: frame('inactive'), completed: frame('completed') },
    tasks: counts,
    resources: usage,
    can: { teardown: true },
  };
}

function series() {
  const wave = (base, part) => Array.from({ length: 180 }, (_, i) => base * (1 - part + part * Math.sin(i / 17) * Math.cos(i / 5)));
  const values = { cpus_allocated: wave(allocated.cpus, 0.08), cpus_total: wave(total.cpus, 0), mem_allocated: wave(allocated.mem, 0.08), mem_total: wave(total.mem, 0) };
  Object.assign(values, { offers_sent: wave(40, 0.4), tasks_launched: wave(16, 0.5), tasks_running: wave(active.length, 0.03), allocation_ms: wave(3, 0.5) });
  return { interval: 5, end: Date.now() / 1000, values };
}

const one = (rows, id) => rows.find((row) => row.id === id);
const answers = {
  '/ui/overview': overview,
  '/ui/series': series,
  '/ui/roles': () => roles,
  '/ui/agents': (query) => page(agents.filter((agent) => !query.get('state') || agent.state === query.get('state')), query),
  '/ui/agent': (query) => {
    const found = one(agents, query.get('id'));
    return found && { ...found, pid: `slave(1)@10.0.0.1:5051`, attributes: [{ name: 'rack', text: '7' }], resources: 'cpus(*):8; mem(*):32768', domain: null, capabilities: ['MULTI_ROLE'], reservations: [], frameworks: [] };
  },
  '/ui/frameworks': (query) => page(frameworks.filter((row) => !query.get('state') || row.state === query.get('state')), query),
  '/ui/framework': (query) => {
    const found = one(frameworks, query.get('id'));
    const counts = {};
    for (const task of tasks) if (task.framework_id === found?.id) counts[task.state.slice(5)] = (counts[task.state.slice(5)] ?? 0) + 1;
    return found && { ...found, capabilities: ['MULTI_ROLE', 'GPU_RESOURCES'], failover_timeout: 604800, checkpoint: true, suppressed_roles: [], task_counts: counts, labels: [] };
  },
  '/ui/tasks': (query) => {
    const state = query.get('state');
    const rows = state === 'completed' ? completed : state?.startsWith('TASK_') ? tasks.filter((row) => row.state === state) : state === 'unreachable' ? [] : active;
    const of = (key, name) => (query.get(key) ? (row) => row[name] === query.get(key) : () => true);
    return page(rows.filter(of('framework', 'framework_id')).filter(of('agent', 'agent_id')).filter(of('role', 'role')), query);
  },
  '/ui/task': (query) => {
    const found = tasks.find((row) => row.id === query.get('id') && row.framework_id === query.get('framework'));
    const status = (state, after, more = {}) => ({ state, timestamp: found.started + after, message: null, reason: null, source: 'SOURCE_EXECUTOR', healthy: null, container_id: 'c0ffee00-1111-4222-8333-444455556666', ip_addresses: ['10.0.0.7'], ...more });
    if (!found) return undefined;
    const statuses = [status('TASK_STARTING', 0.1), status('TASK_RUNNING', 0.3)];
    if (found.finished) statuses.push(status(found.state, found.finished - found.started, { message: found.message, reason: found.reason }));
    return { ...found, statuses, resources_text: 'cpus(allocated: eng):1; mem(allocated: eng):512', limits: {}, labels: [{ key: 'team', value: 'blue' }], user: 'deploy', container: null, discovery: null, sandbox: '/sandbox' };
  },
  '/ui/offers': (query) => page([], query),
  '/ui/allocator': () => ({ runs: 48211, last_run: { time: Date.now() / 1000 - 0.4, milliseconds: 2.9 }, roles: roles.map((role) => ({ name: role.name, weight: role.weight, share: role.allocated.cpus / total.cpus, frameworks: frameworks.filter((row) => row.roles[0] === role.name && row.state === 'active').map((row) => ({ id: row.id, name: row.name, share: row.max_share, suppressed: false, filters: 3 })) })) }),
  '/ui/why': (query) => ({ framework_id: query.get('framework'), name: 'x', offers: 0, reasons: [{ code: 'filtered', role: 'eng', agents: 31, text: 'The framework has declined what these agents have free; the filter ends in 4 s.' }, { code: 'all_allocated', role: null, agents: 9, text: 'Nothing is free on these agents.' }] }),
};

const logLine = (i) => `\u001b[2m2026-11-20T12:00:${String(i % 60).padStart(2, '0')}Z\u001b[0m \u001b[${[32, 33, 31, 36][i % 4]}mINFO\u001b[0m line ${i} größe äöü ${'x'.repeat(i % 60)}\n`;
let log = Array.from({ length: 4000 }, (_, i) => logLine(i)).join('');
let lines = 4000;
setInterval(() => (log += logLine(lines++)), 500).unref();

function files(query) {
  const bytes = Buffer.from(log);
  const offset = Number(query.get('offset') ?? -1);
  if (offset < 0 || offset > bytes.length) return { data: '', offset: bytes.length };
  return { data: bytes.subarray(offset, offset + Math.min(65536, Number(query.get('length') ?? 65536))).toString(), offset };
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (!url.pathname.startsWith(prefix)) return response.writeHead(404).end();
  const path = url.pathname.slice(prefix.length);
  const send = (status, type, body) => response.writeHead(status, { 'Content-Type': type }).end(body);
  if (path === '/ui/events') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sequence = 0;
    const timer = setInterval(() => {
      const task = active[sequence++ % active.length];
      response.write(`id: ${sequence}\nevent: task_updated\ndata: ${JSON.stringify({ sequence, time: Date.now() / 1000, type: 'task_updated', task_id: task.id, framework_id: task.framework_id, agent_id: task.agent_id, state: task.state, text: 'Status update' })}\n\n`);
    }, 200);
    request.on('close', () => clearInterval(timer));
    return undefined;
  }
  if (path.endsWith('/files/read')) return send(200, 'application/json', JSON.stringify(files(url.searchParams)));
  if (path.startsWith('/agent/')) return send(502, 'text/plain', 'an invented agent answers nothing');
  if (answers[path]) {
    const answer = answers[path](url.searchParams);
    return answer ? send(200, 'application/json', JSON.stringify(answer)) : send(404, 'text/plain', 'unknown id');
  }
  const file = join(dist, normalize(path === '/' ? '/index.html' : path));
  return readFile(file).then(
    (body) => send(200, TYPES[extname(file)] ?? 'application/octet-stream', body),
    () => send(404, 'text/plain', 'not found'),
  );
}).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}${prefix}/`));
