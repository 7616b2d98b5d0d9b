/** Every page shows what the cluster has, without a complaint of the browser or a serious one of axe. */
import type { Page } from '@playwright/test';
import { json } from './cluster';
import { accessible, expect, open, picture, test, type World } from './fixture';

async function agentId(world: World): Promise<string> {
  const answer = await json<{ slaves: { id: string }[] }>(`${world.cluster.url}slaves`);
  return answer?.slaves[0]?.id ?? '';
}

const PAGES: { name: string; hash: (world: World) => Promise<string> | string; heading: string | RegExp; shows: (page: Page) => Promise<void> }[] = [
  {
    name: 'home',
    hash: () => '/',
    heading: 'browser-test',
    shows: async (page) => {
      await expect(page.getByRole('region', { name: 'CPUs' })).toContainText('0.4 of 4');
      await expect(page.getByRole('region', { name: 'Task counts' })).toContainText(/Running\s*2/);
      await expect(page.getByRole('table', { name: 'Tasks' }).getByRole('row')).toHaveCount(3);
      await expect(page.locator('.chart canvas')).toHaveCount(4);
    },
  },
  { name: 'tasks', hash: () => '/tasks', heading: 'Tasks', shows: async (page) => expect(page.getByRole('link', { name: 'a service', exact: true })).toBeVisible() },
  {
    name: 'tasks-completed',
    hash: () => '/tasks?state=completed',
    heading: 'Tasks',
    shows: async (page) => {
      const row = page.getByRole('row').filter({ hasText: 'a broken job' });
      await expect(row).toContainText('Failed');
      await expect(row).toContainText('exit 3');
    },
  },
  {
    name: 'task-failed',
    hash: (world) => `/frameworks/${world.scheduler.framework}/tasks/fails`,
    heading: 'a broken job',
    shows: async (page) => {
      await expect(page.locator('.verdict')).toContainText('exit 3');
      const history = page.getByRole('region', { name: 'History' });
      await expect(history.getByRole('listitem')).toHaveCount(3);
      await expect(history).toContainText('Command exited with status 3');
      const about = page.getByRole('region', { name: 'About' });
      await expect(about).toContainText('made-for=the browser');
      await expect(about).toContainText('cpus');
      await expect(page.getByTestId('log')).toContainText('fail', { useInnerText: true });
    },
  },
  {
    name: 'task-running',
    hash: (world) => `/frameworks/${world.scheduler.framework}/tasks/talks`,
    heading: 'a talker',
    shows: async (page) => expect(page.getByTestId('log')).toContainText('größe äöü'),
  },
  { name: 'frameworks', hash: () => '/frameworks', heading: 'Frameworks', shows: async (page) => expect(page.getByRole('link', { name: 'browser-framework' })).toBeVisible() },
  {
    name: 'framework',
    hash: (world) => `/frameworks/${world.scheduler.framework}`,
    heading: 'browser-framework',
    shows: async (page) => {
      await expect(page.getByRole('region', { name: 'Roles' })).toContainText('browser');
      // The 1.x page shows memory in the disk row.
      const allocated = page.getByRole('row', { name: /Allocated/ });
      await expect(allocated.getByRole('cell')).toHaveText(['0.4', '0', '64 MB', '0']);
      await expect(page.getByRole('button', { name: 'Completed 2' })).toBeVisible();
    },
  },
  { name: 'agents', hash: () => '/agents', heading: 'Agents', shows: async (page) => expect(page.getByRole('row').filter({ hasText: 'agent-one.example' })).toContainText('0.4 / 4') },
  {
    name: 'agent',
    hash: async (world) => `/agents/${await agentId(world)}`,
    heading: 'agent-one.example',
    shows: async (page) => {
      await expect(page.getByRole('region', { name: 'About' })).toContainText('rack:7');
      await expect(page.getByRole('region', { name: 'Frameworks', exact: true })).toContainText('browser-framework');
    },
  },
  {
    name: 'agent-framework',
    hash: async (world) => `/agents/${await agentId(world)}/frameworks/${world.scheduler.framework}`,
    heading: 'browser-framework',
    shows: async (page) => {
      await expect(page.getByRole('region', { name: 'Executors', exact: true }).getByRole('row')).toHaveCount(3);
      await expect(page.getByRole('region', { name: 'Completed executors' })).toContainText('fails');
    },
  },
  {
    name: 'executor',
    hash: async (world) => `/agents/${await agentId(world)}/frameworks/${world.scheduler.framework}/executors/talks`,
    heading: /./,
    shows: async (page) => expect(page.getByRole('region', { name: 'Tasks', exact: true })).toContainText('a talker'),
  },
  {
    name: 'sandbox',
    hash: async (world) => `/agents/${await agentId(world)}/frameworks/${world.scheduler.framework}/executors/runs/browse`,
    heading: 'Sandbox',
    shows: async (page) => expect(page.getByRole('link', { name: 'stdout', exact: true })).toBeVisible(),
  },
  { name: 'offers', hash: () => '/offers', heading: 'Offers', shows: async (page) => expect(page.getByRole('table', { name: 'Offers' })).toBeVisible() },
  { name: 'roles', hash: () => '/roles', heading: 'Roles', shows: async (page) => expect(page.getByRole('rowheader', { name: 'browser' })).toBeVisible() },
  { name: 'allocator', hash: () => '/allocator', heading: 'Allocator', shows: async (page) => expect(page.getByRole('link', { name: 'browser-framework', exact: true })).toBeVisible() },
  { name: 'topology', hash: () => '/topology', heading: 'Topology', shows: async (page) => expect(page.getByRole('link', { name: 'a talker' })).toBeVisible() },
  { name: 'events', hash: () => '/events', heading: 'Events', shows: async (page) => expect(page.getByText('New events appear at the top.')).toBeVisible() },
  { name: 'master-log', hash: () => '/log', heading: 'Master log', shows: async (page) => expect(page.getByTestId('log')).toContainText('browser-framework') },
];

for (const one of PAGES) {
  test(`${one.name} is complete and accessible`, async ({ page, world }) => {
    await open(page, world, await one.hash(world), one.heading);
    await one.shows(page);
    await picture(page, one.name);
    await accessible(page);
  });
}

test('dark colours are as readable, and are kept', async ({ page, world }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const [name, hash] of [
    ['home', '/'],
    ['tasks-completed', '/tasks?state=completed'],
    ['task-failed', `/frameworks/${world.scheduler.framework}/tasks/fails`],
    ['topology', '/topology'],
  ] as const) {
    await open(page, world, hash, /./);
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(page.locator('.placeholder')).toHaveCount(0);
    await accessible(page);
    await picture(page, `${name}-dark`);
  }
  await page.getByRole('button', { name: /switch to light/ }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});

test('an unknown task, agent and page say so', async ({ page, world, quiet }) => {
  await open(page, world, `/frameworks/${world.scheduler.framework}/tasks/nosuch`);
  await expect(page.getByRole('alert')).toContainText('There is no task here');
  await open(page, world, '/agents/nosuch');
  await expect(page.getByRole('alert')).toContainText('There is no agent here');
  await open(page, world, '/nosuch');
  await expect(page.getByRole('heading', { name: 'There is no such page' })).toBeVisible();
  // The browser itself reports each 404.
  expect(quiet.splice(0).every((text) => text.includes('404'))).toBe(true);
});
