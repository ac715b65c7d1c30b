import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { vulkanEnvironment } from './e2e/checks/provision.ts'

export default defineConfig({
  test: {
    include: ['{engine,electron,renderer,e2e,resources}/**/*.test.ts'],
    // Native modules (Dawn, SQLite, DuckDB) want a process of their own: getenv() does not see a worker thread's environment.
    pool: 'forks',
    // What a machine once found out must not decide a test; compiled sources only make processes start sooner.
    env: {
      ...vulkanEnvironment(),
      DESCENT_CACHE: 'off',
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled'),
    },
    // On two cores that others use, what starts processes takes five times as long as on a quiet machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
