/** What changes the cluster, and therefore comes last: a path in front, a master that goes and comes, a teardown. */
import { expect, open, picture, test } from './fixture';
import { Scheduler } from './scheduler';
import { until } from './cluster';

test('everything works below a path of a front server', async ({ page, world }) => {
  const base = await world.cluster.behindPrefix('/deep/mesos/');
  await page.goto(base);
  await expect(page.getByRole('heading', { name: 'browser-test' })).toBeVisible();
  await expect(page.locator('.chart canvas')).toHaveCount(4);
  await page.getByRole('link', { name: 'a talker', exact: true }).click();
  await expect(page.getByTestId('log')).toContainText('größe');
  await page.getByRole('link', { name: 'Events' }).click();
  await expect(page.getByText('New events appear at the top.')).toBeVisible();
  expect(page.url().startsWith(base)).toBe(true);
});

test('a front server that wants a password gets it from the browser, for the event stream too', async ({ browser, world }) => {
  const url = await world.cluster.behindPrefix('/', 'operator:a secret');
  expect((await fetch(url)).status).toBe(401);
  const context = await browser.newContext({ httpCredentials: { username: 'operator', password: 'a secret' } });
  const page = await context.newPage();
  await page.goto(`${url}#/events`);
  await expect(page.getByText('New events appear at the top.')).toBeVisible();
  await page.getByRole('link', { name: 'Tasks', exact: true }).click();
  await expect(page.getByRole('link', { name: 'a service', exact: true })).toBeVisible();
  await context.close();
});

test('a master that goes away is noticed, waited for and found again without a reload', async ({ page, world, quiet }) => {
  await open(page, world, '/tasks', 'Tasks');
  await expect(page.getByRole('link', { name: 'a service', exact: true })).toBeVisible();
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await world.cluster.stopMaster();
  await expect(page.getByTestId('outage')).toContainText('The master is gone');
  await expect(page.getByRole('link', { name: 'a service', exact: true })).toBeVisible();
  await picture(page, 'outage');
  await world.cluster.startMaster();
  // A master answers for its health before it has read its registry.
  await until('the framework is back', async () => world.scheduler.subscribe().then(() => true));
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 2000 }).catch(() => undefined);
  await expect(page.getByTestId('outage')).toHaveCount(0, { timeout: 20_000 });
  await expect(page.getByRole('link', { name: 'a service', exact: true })).toBeVisible({ timeout: 20_000 });
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
  // Connections that failed are reported by the browser itself.
  quiet.splice(0);
});

test('a framework is torn down after a question, which may be answered with no', async ({ page, world }) => {
  const doomed = new Scheduler(world.cluster.masterPort, 'doomed');
  await doomed.subscribe();
  doomed.launch([{ id: 'sleeper', name: 'sleeper', shell: 'sleep 3600' }]);
  await until('the sleeper', async () => doomed.states.get('sleeper') === 'TASK_RUNNING');
  await open(page, world, `/frameworks/${doomed.framework}`, 'doomed');
  await page.getByRole('button', { name: 'Tear down…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('its one task is killed');
  await picture(page, 'teardown');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  await expect(page.locator('.head').getByText('Active')).toBeVisible();
  await page.getByRole('button', { name: 'Tear down…' }).click();
  await dialog.getByRole('button', { name: 'Tear down', exact: true }).click();
  await expect(page.locator('.head').getByText('Completed')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Tear down…' })).toHaveCount(0);
  doomed.disconnect();
});
