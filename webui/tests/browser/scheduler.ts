/** A framework on the v1 scheduler API that launches commands and keeps what it is told. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

interface Update {
  task_id: { value: string };
  state: string;
  uuid?: string;
  agent_id?: { value: string };
}

interface Offer {
  id: { value: string };
  agent_id: { value: string };
  resources: { name: string; scalar?: { value: number } }[];
}

export interface Command {
  id: string;
  name: string;
  shell: string;
}

const CPUS = 0.2;
const MEMORY_MB = 32;

export class Scheduler {
  framework = '';
  readonly states = new Map<string, string>();
  private stream = '';
  private waiting: Command[] = [];
  private subscription: ClientRequest | undefined;
  private buffer = Buffer.alloc(0);

  constructor(
    private readonly port: number,
    private readonly name: string,
  ) {}

  /** Resolves when the master has said SUBSCRIBED. */
  subscribe(): Promise<void> {
    this.stream = '';
    this.buffer = Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      const info = { user: process.env['USER'] ?? 'root', name: this.name, failover_timeout: 600, roles: ['tests/browser'], capabilities: [{ type: 'MULTI_ROLE' }] };
      const framework = this.framework ? { framework_id: { value: this.framework }, framework_info: { ...info, id: { value: this.framework } } } : { framework_info: info };
      this.subscription = this.post(
        { type: 'SUBSCRIBE', ...(this.framework ? { framework_id: { value: this.framework } } : {}), subscribe: { framework_info: framework.framework_info } },
        (response) => {
          if (response.statusCode !== 200) return reject(new Error(`SUBSCRIBE: ${response.statusCode}`));
          this.stream = String(response.headers['mesos-stream-id']);
          response.on('data', (data: Buffer) => this.receive(data, resolve));
          response.on('error', () => undefined);
          return undefined;
        },
      );
      this.subscription.on('error', reject);
    });
  }

  launch(commands: Command[]): void {
    this.waiting.push(...commands);
    this.call({ type: 'REVIVE' });
  }

  disconnect(): void {
    this.subscription?.destroy();
  }

  private receive(data: Buffer, subscribed: () => void): void {
    this.buffer = Buffer.concat([this.buffer, data]);
    for (;;) {
      const line = this.buffer.indexOf('\n');
      if (line < 0) return;
      const length = Number(this.buffer.subarray(0, line).toString());
      if (this.buffer.length < line + 1 + length) return;
      const event = JSON.parse(this.buffer.subarray(line + 1, line + 1 + length).toString());
      this.buffer = this.buffer.subarray(line + 1 + length);
      if (event.type === 'SUBSCRIBED') {
        this.framework = event.subscribed.framework_id.value;
        subscribed();
      } else if (event.type === 'OFFERS') {
        for (const offer of event.offers.offers as Offer[]) this.use(offer);
      } else if (event.type === 'UPDATE') {
        this.updated(event.update.status as Update);
      }
    }
  }

  private use(offer: Offer): void {
    const free = (name: string) => offer.resources.find((one) => one.name === name)?.scalar?.value ?? 0;
    const fit = Math.min(Math.floor(free('cpus') / CPUS), Math.floor(free('mem') / MEMORY_MB));
    const taken = this.waiting.splice(0, fit);
    const offer_ids = [offer.id];
    if (taken.length === 0) return void this.call({ type: 'DECLINE', decline: { offer_ids, filters: { refuse_seconds: 5 } } });
    const scalar = (name: string, value: number) => ({ name, type: 'SCALAR', scalar: { value }, allocation_info: { role: 'tests/browser' } });
    const task_infos = taken.map((command) => ({
      name: command.name,
      task_id: { value: command.id },
      agent_id: offer.agent_id,
      resources: [scalar('cpus', CPUS), scalar('mem', MEMORY_MB)],
      command: { shell: true, value: command.shell },
      labels: { labels: [{ key: 'made-for', value: 'the browser' }] },
    }));
    const operations = [{ type: 'LAUNCH', launch: { task_infos } }];
    return void this.call({ type: 'ACCEPT', accept: { offer_ids, operations, filters: { refuse_seconds: 1 } } });
  }

  private updated(status: Update): void {
    this.states.set(status.task_id.value, status.state);
    if (!status.uuid) return;
    this.call({ type: 'ACKNOWLEDGE', acknowledge: { agent_id: status.agent_id, task_id: status.task_id, uuid: status.uuid } });
  }

  private call(body: object): void {
    const made = this.post({ framework_id: { value: this.framework }, ...body }, (response) => response.resume());
    made.on('error', () => undefined);
  }

  private post(body: object, answer: (response: IncomingMessage) => void): ClientRequest {
    const headers: Record<string, string> = { 'Content-Type': 'application/json', Accept: 'application/json' };
    if (this.stream) headers['Mesos-Stream-Id'] = this.stream;
    const made = request({ host: '127.0.0.1', port: this.port, path: '/api/v1/scheduler', method: 'POST', headers }, answer);
    made.end(JSON.stringify(body));
    return made;
  }
}
