import { availableParallelism } from 'node:os'
import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'specs',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results/e2e',
  // Each app has a host, a trainer and a browser; but one alone waits a third of the time, for what it has asked or drawn.
  workers: Math.min(2, availableParallelism()),
  // The longest files have many tests: whoever is free takes the next one, whatever its file.
  fullyParallel: true,
  // For browsers that crash, see checks/reports.ts: whatever else passes at its second try counts as failed.
  retries: process.env['CI'] ? 1 : 0,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 15_000 },
  // The JSON goes to PLAYWRIGHT_JSON_OUTPUT_FILE, for the total of npm test.
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] ? [['list'], ['json']] : [['list']],
  globalSetup: './specs/support/setup.ts',
})
