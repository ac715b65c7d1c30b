import { defineConfig } from 'vitest/config'
import { vulkanEnvironment } from './e2e/checks/provision.ts'

export default defineConfig({
  test: {
    include: ['{engine,electron,renderer,e2e,resources}/**/*.test.ts'],
    // Native modules (Dawn, SQLite, DuckDB) want a process of their own: getenv() does not see a worker thread's environment.
    pool: 'forks',
    env: vulkanEnvironment(),
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
