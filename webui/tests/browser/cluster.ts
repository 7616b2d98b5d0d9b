/** A master and an agent of our own on loopback, and a proxy that puts the master below a path. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createSocket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_MS = 30_000;
const POLL_MS = 100;
const PROGRAMS = process.env['MESOS_BIN_DIR'] ?? fileURLToPath(new URL('../../../target/release', import.meta.url));

export async function until<T>(what: string, probe: () => Promise<T | undefined | false>, limit = START_MS): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const found = await probe().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not seen within ${limit / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export async function json<T>(url: string): Promise<T | undefined> {
  const response = await fetch(url);
  return response.ok ? ((await response.json()) as T) : undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket().listen(0, '127.0.0.1', () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
  });
}

export class Cluster {
  masterPort = 0;
  private agentPort = 0;
  private master: ChildProcess | undefined;
  private agent: ChildProcess | undefined;
  private readonly proxies: Server[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'mesos-webui-'));

  get url(): string {
    return `http://127.0.0.1:${this.masterPort}/`;
  }

  async start(): Promise<void> {
    this.masterPort = await freePort();
    this.agentPort = await freePort();
    await this.startMaster();
    const work = join(this.folder, 'agent');
    this.agent = this.run('mesos-agent', [
      '--ip=127.0.0.1',
      '--hostname=agent-one.example',
      `--port=${this.agentPort}`,
      `--master=127.0.0.1:${this.masterPort}`,
      `--work_dir=${work}`,
      `--runtime_dir=${join(this.folder, 'run')}`,
      `--fetcher_cache_dir=${join(this.folder, 'fetch')}`,
      `--log_dir=${join(this.folder, 'agent-log')}`,
      '--launcher=posix',
      '--no-systemd_enable_support',
      '--attributes=rack:7',
      '--resources=cpus:4;mem:2048;disk:4096',
    ]);
    await this.alive(this.agent, until('the agent', async () => (await json<{ slaves: unknown[] }>(`${this.url}slaves`))?.slaves.length));
  }

  async startMaster(): Promise<void> {
    this.master = this.run('mesos-master', [
      '--ip=127.0.0.1',
      '--hostname=127.0.0.1',
      `--port=${this.masterPort}`,
      `--work_dir=${join(this.folder, 'master')}`,
      `--log_dir=${join(this.folder, 'master-log')}`,
      '--cluster=browser-test',
      '--agent_reregister_timeout=10mins',
      ...(process.env['MESOS_WEBUI_DIR'] ? [`--webui_dir=${process.env['MESOS_WEBUI_DIR']}`] : []),
    ]);
    await this.alive(this.master, until('the master', async () => (await fetch(`${this.url}health`)).ok));
  }

  async stopMaster(): Promise<void> {
    await end(this.master);
  }

  /** The master at `/some/where/` of another port, as behind a front server that takes the path off, and may want a password. */
  async behindPrefix(prefix: string, password?: string): Promise<string> {
    const wanted = password && `Basic ${Buffer.from(password).toString('base64')}`;
    const proxy = createServer((incoming, outgoing) => {
      if (wanted && incoming.headers.authorization !== wanted) return outgoing.writeHead(401, { 'WWW-Authenticate': 'Basic realm="front"' }).end();
      if (!incoming.url?.startsWith(prefix)) return outgoing.writeHead(404).end();
      const inner = request(
        { host: '127.0.0.1', port: this.masterPort, path: incoming.url.slice(prefix.length - 1), method: incoming.method, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      inner.on('error', () => outgoing.destroy());
      outgoing.on('close', () => inner.destroy());
      return incoming.pipe(inner);
    });
    this.proxies.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}`;
  }

  async stop(): Promise<void> {
    for (const proxy of this.proxies) {
      proxy.closeAllConnections();
      proxy.close();
    }
    // On this signal an agent ends its executors before itself.
    await end(this.agent, 'SIGUSR1');
    await end(this.master);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Does not wait for what has ended. */
  private async alive(child: ChildProcess, seen: Promise<unknown>): Promise<void> {
    const ended = new Promise((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}; its output is in ${this.folder}`)));
    });
    // Its later end is nobody's concern.
    ended.catch(() => undefined);
    seen.catch(() => undefined);
    await Promise.race([seen, ended]);
  }

  private run(program: string, flags: string[]): ChildProcess {
    mkdirSync(this.folder, { recursive: true });
    const log = openSync(join(this.folder, `${program}.out`), 'a');
    const child = spawn(join(PROGRAMS, program), flags, { stdio: ['ignore', log, log] });
    return child;
  }
}

/** Ends a program; kills it when it does not obey. */
async function end(child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
