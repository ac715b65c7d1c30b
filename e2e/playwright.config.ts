import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'specs',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results/e2e',
  // One app at a time: each has a host, a trainer and a browser, and the machine may have two cores. Two are hardly quicker.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 15_000 },
  // The JSON goes to PLAYWRIGHT_JSON_OUTPUT_FILE, for the total of npm test.
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ? [['list'], ['json']] : [['list']],
  globalSetup: './specs/support/setup.ts',
})
