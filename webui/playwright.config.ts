/**
 * The page before real daemons in a real browser. `MESOS_BIN_DIR` says where the programs are,
 * `MESOS_WEBUI_OUT` where pictures and traces go; `cargo xtask client webui` sets both.
 */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: `${process.env['MESOS_WEBUI_OUT'] ?? '../target/client/webui'}/traces`,
  // One cluster, and tests that stop its master: one after the other.
  workers: 1,
  fullyParallel: false,
  timeout: 45_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    },
  },
});
