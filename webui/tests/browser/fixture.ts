/** The cluster that all tests share, with a running, a finished, a failed and a talking task in it. */
import { test as base, expect, type Page } from '@playwright/test';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Cluster, until } from './cluster';
import { Scheduler } from './scheduler';

const OUT = process.env['MESOS_WEBUI_OUT'] ?? '../target/client/webui';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Writes colours, an umlaut per line and a line that is longer than the window, for ever. */
const TALKER = `i=0; while true; do i=$((i+1)); printf '\\033[32mINFO\\033[0m line %d größe äöü\\n' $i; [ $i -eq 5 ] && { printf 'LONG'; head -c 3000 /dev/zero | tr '\\0' x; echo; echo 'to the error stream' >&2; }; sleep 0.1; done`;

export interface World {
  cluster: Cluster;
  scheduler: Scheduler;
}

export const test = base.extend<{ quiet: string[] }, { world: World }>({
  world: [
    // The fixtures' interface wants a pattern here.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const cluster = new Cluster();
      try {
        await cluster.start();
        const scheduler = new Scheduler(cluster.masterPort, 'browser-framework');
        await until('the framework', async () => scheduler.subscribe().then(() => true));
        scheduler.launch([
          { id: 'runs', name: 'a service', shell: 'mkdir -p sub/deeper; echo inside > sub/deeper/note.txt; printf "no newline at the end" > sub/plain.txt; sleep 3600' },
          { id: 'ends', name: 'a job', shell: 'echo done' },
          { id: 'fails', name: 'a broken job', shell: 'echo about to fail; exit 3' },
          { id: 'talks', name: 'a talker', shell: TALKER },
        ]);
        const wanted = { runs: 'TASK_RUNNING', ends: 'TASK_FINISHED', fails: 'TASK_FAILED', talks: 'TASK_RUNNING' };
        await until('the tasks', async () => Object.entries(wanted).every(([id, state]) => scheduler.states.get(id) === state));
        await use({ cluster, scheduler });
        scheduler.disconnect();
      } finally {
        await cluster.stop();
      }
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  /** What the page complains about; every test ends with nothing in it, unless it takes it out itself. */
  quiet: [
    async ({ page, world }, use) => {
      const complaints: string[] = [];
      const expected = new URL(world.cluster.url).host;
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        const { host, protocol } = new URL(request.url());
        if (protocol.startsWith('http') && host !== expected && !host.startsWith('127.0.0.1')) complaints.push(`outside resource ${request.url()}`);
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens an address; the heading says that the page is there. */
export async function open(page: Page, world: World, hash: string, heading?: string | RegExp): Promise<void> {
  await page.goto(`${world.cluster.url}#${hash}`);
  if (heading) await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
}

export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(`${OUT}/pictures`, { recursive: true });
  await page.screenshot({ path: `${OUT}/pictures/${name}.png` });
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** No serious finding of axe. */
export async function accessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)')) as Violation[];
  const serious = found.filter((one) => ['serious', 'critical'].includes(one.impact));
  expect(serious.map((one) => `${one.id}: ${one.nodes[0]?.html} — ${one.nodes[0]?.failureSummary}`)).toEqual([]);
}
