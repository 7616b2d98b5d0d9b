/** Lists, keys, addresses, saving. */
import { readFile } from 'node:fs/promises';
import { json } from './cluster';
import { expect, open, picture, test } from './fixture';

test('search, order and tab are in the address, and an address brings them back', async ({ page, world }) => {
  await open(page, world, '/tasks', 'Tasks');
  const rows = page.getByRole('table', { name: 'Tasks' }).getByRole('row');
  await expect(rows).toHaveCount(3);
  await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('talk');
  await expect(rows).toHaveCount(2);
  await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('nosuch');
  await expect(page.getByText('Nothing matches “nosuch”')).toBeVisible();
  await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('');
  await page.getByRole('button', { name: 'Task', exact: true }).click();
  await expect(rows.nth(1)).toContainText('a service');
  await page.getByRole('button', { name: 'Task', exact: true }).click();
  await expect(rows.nth(1)).toContainText('a talker');
  await page.getByRole('button', { name: 'Completed' }).click();
  await page.getByRole('searchbox', { name: 'Filter tasks' }).fill('broken');
  await expect(rows).toHaveCount(2);
  expect(page.url()).toContain('search=broken');
  await page.reload();
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText('a broken job');
  await expect(page.getByRole('columnheader', { name: 'Task', exact: true })).toHaveAttribute('aria-sort', 'descending');
});

test('keys alone: search, rows, dialog, skip link', async ({ page, world }) => {
  await open(page, world, '/', 'browser-test');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await page.keyboard.press('/');
  await expect(page.getByRole('combobox', { name: 'Search' })).toBeFocused();
  await page.keyboard.type('broken');
  await expect(page.getByRole('option', { name: /a broken job/ })).toBeVisible();
  await picture(page, 'search');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'a broken job' })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('combobox', { name: 'Search' })).toHaveCount(0);

  await open(page, world, '/tasks?sort=name&order=asc', 'Tasks');
  await page.getByRole('link', { name: 'a service', exact: true }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('link', { name: 'a talker', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'a talker' })).toBeVisible();
});

test('a list is saved whole, for a spreadsheet and as JSON', async ({ page, world }) => {
  await open(page, world, '/tasks?state=completed&sort=id', 'Tasks');
  const save = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    return readFile(await download.path(), 'utf8');
  };
  const lines = (await save('CSV')).trim().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('exit_code');
  const rows = JSON.parse(await save('JSON')) as { id: string; exit_code: number | null }[];
  expect(rows.map((row) => row.id)).toEqual(['ends', 'fails']);
  expect(rows[1]?.exit_code).toBe(3);
});

test('addresses of the 1.x page lead where they led', async ({ page, world }) => {
  const agent = (await json<{ slaves: { id: string }[] }>(`${world.cluster.url}slaves`))?.slaves[0]?.id;
  await open(page, world, `/slaves/${agent}`, 'agent-one.example');
  expect(page.url()).toContain(`#/agents/${agent}`);
  await open(page, world, '/slaves', 'Agents');
  await open(page, world, `/slaves/${agent}/frameworks/${world.scheduler.framework}/executors/ends/browse`, 'Sandbox');
  await expect(page.getByRole('link', { name: 'stdout', exact: true })).toBeVisible();
  expect(page.url()).toContain('/browse?path=');
});

test('times turn from relative to exact with one click', async ({ page, world }) => {
  await open(page, world, '/frameworks', 'Frameworks');
  const time = page.getByRole('table').locator('time').first();
  await expect(time).toContainText('ago');
  await page.getByRole('button', { name: 'Exact times' }).click();
  await expect(time).toHaveText(/^\d{4}-\d\d-\d\dT/);
});

test('nothing jumps while the home page loads', async ({ page, world }) => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await open(page, world, '/', 'browser-test');
  await expect(page.locator('.chart canvas')).toHaveCount(4);
  await expect(page.getByRole('link', { name: 'a service', exact: true })).toBeVisible();
  const total = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((sum, one) => sum + one, 0));
  expect(total).toBeLessThan(0.05);
});

test('a new task appears by itself, in the list and among the events', async ({ page, world, context }) => {
  const events = await context.newPage();
  await events.goto(`${world.cluster.url}#/events`);
  await expect(events.getByText('New events appear at the top.')).toBeVisible();
  await open(page, world, '/tasks?state=completed', 'Tasks');
  await expect(page.getByRole('link', { name: 'a job', exact: true })).toBeVisible();
  world.scheduler.launch([{ id: 'later', name: 'a later job', shell: 'true' }]);
  await expect(page.getByRole('link', { name: 'a later job', exact: true })).toBeVisible();
  await events.bringToFront();
  await expect(events.getByRole('link', { name: 'later' }).first()).toBeVisible();
  await picture(events, 'events-live');
});
