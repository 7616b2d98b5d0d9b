/** The log viewer and the sandbox. */
import { readFile } from 'node:fs/promises';
import { expect, open, picture, test, type World } from './fixture';
import type { Page } from '@playwright/test';

async function talker(page: Page, world: World): Promise<void> {
  await open(page, world, `/frameworks/${world.scheduler.framework}/tasks/talks`, 'a talker');
}

function lastLine(page: Page): Promise<number> {
  return page.getByTestId('log').evaluate((log) => Number(/line (\d+)\D*$/.exec(log.querySelector('.log-text')?.textContent ?? '')?.[1] ?? 0));
}

test('a live file is followed until one scrolls up, and again at its end', async ({ page, world }) => {
  await talker(page, world);
  await expect.poll(() => lastLine(page)).toBeGreaterThan(0);
  const first = await lastLine(page);
  await expect.poll(() => lastLine(page)).toBeGreaterThan(first + 5);
  const log = page.getByTestId('log');
  await expect.poll(() => log.evaluate((pane) => pane.scrollHeight > pane.clientHeight)).toBe(true);
  await expect.poll(() => log.evaluate((pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight)).toBeLessThan(5);
  await log.hover();
  await page.mouse.wheel(0, -300);
  const follow = page.getByRole('button', { name: 'Follow' });
  await expect(follow).toHaveAttribute('aria-pressed', 'false');
  await follow.click();
  await expect(follow).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => log.evaluate((pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight)).toBeLessThan(5);
});

test('every line is there once, in order, although its letters have several bytes', async ({ page, world }) => {
  await talker(page, world);
  await expect.poll(() => lastLine(page)).toBeGreaterThan(10);
  const numbers = await page.getByTestId('log').evaluate((log) => [...log.querySelectorAll('.line')].map((line) => line.textContent ?? '').filter((text) => text.startsWith('INFO')));
  numbers.forEach((text, index) => expect(text).toBe(`INFO line ${Number(/line (\d+)/.exec(numbers[0] ?? '')?.[1]) + index} größe äöü`));
  await expect(page.locator('.line .f-2').first()).toHaveText('INFO');
});

test('searching marks and steps, wrapping wraps, the error stream is one click away', async ({ page, world }) => {
  await talker(page, world);
  const log = page.getByTestId('log');
  await expect(log).toContainText('LONG');
  const long = page.locator('.line', { hasText: 'LONG' });
  const wrapped = await long.evaluate((line) => line.clientHeight);
  await page.getByRole('button', { name: 'Wrap' }).click();
  expect(await long.evaluate((line) => line.clientHeight)).toBeLessThan(wrapped);
  const search = page.getByRole('searchbox', { name: 'Search in the log' });
  await search.fill('GRÖSSE');
  await expect(page.locator('.hits')).toHaveText('not found');
  await search.fill('größe ä');
  await expect(page.locator('mark').first()).toBeAttached();
  await expect(page.locator('.hits')).toHaveText(/^(\d+) of \1$/);
  await search.press('Enter');
  const [at, of] = ((await page.locator('.hits').textContent()) ?? '').split(' of ').map(Number);
  expect(at).toBe((of ?? 0) - 1);
  await expect(page.locator('mark[data-current]')).toBeInViewport();
  await picture(page, 'log-search');
  await page.getByRole('button', { name: 'stderr' }).click();
  await expect(log).toContainText('to the error stream');
  expect(page.url()).toContain('log=stderr');
});

test('the sandbox is walked and its files are opened and saved, through the master', async ({ page, world }) => {
  const agentRequests: string[] = [];
  page.on('request', (request) => agentRequests.push(new URL(request.url()).host));
  await open(page, world, '/tasks', 'Tasks');
  await page.getByRole('link', { name: 'Sandbox of a service' }).click();
  await expect(page.getByRole('heading', { name: 'Sandbox' })).toBeVisible();
  await page.getByRole('link', { name: 'sub', exact: true }).click();
  await page.getByRole('link', { name: 'deeper', exact: true }).click();
  await page.getByRole('link', { name: 'note.txt', exact: true }).click();
  await expect(page.getByTestId('log')).toContainText('inside');
  await page.goBack();
  await page.locator('.path').getByRole('link', { name: 'sub' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'plain.txt' })).toContainText('21 B');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download plain.txt' }).click()]);
  expect(await readFile(await download.path(), 'utf8')).toBe('no newline at the end');
  await picture(page, 'sandbox-folder');
  expect([...new Set(agentRequests)]).toEqual([new URL(world.cluster.url).host]);
});

test('a file that is gone is named', async ({ page, world, quiet }) => {
  await open(page, world, `/frameworks/${world.scheduler.framework}/tasks/runs`, 'a service');
  await page.getByRole('link', { name: 'Sandbox' }).click();
  await expect(page.getByRole('link', { name: 'stdout', exact: true })).toBeVisible();
  const folder = decodeURIComponent(/path=([^&]+)/.exec(page.url())?.[1] ?? '');
  const agent = /agents\/([^/]+)/.exec(page.url())?.[1];
  await open(page, world, `/agents/${agent}/file?path=${encodeURIComponent(`${folder}/nosuch`)}`, 'nosuch');
  await expect(page.getByRole('alert')).toContainText('no such file');
  await open(page, world, `/agents/${agent}/browse?path=${encodeURIComponent('/nosuch')}`);
  await expect(page.getByRole('alert')).toContainText('This folder is gone');
  expect(quiet.splice(0).every((text) => text.includes('404'))).toBe(true);
});
