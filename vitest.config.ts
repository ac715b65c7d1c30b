import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { vulkanEnvironment } from './e2e/checks/provision.ts'
import { programsVariable } from './e2e/checks/test-programs.ts'

/**
 * What a test file says that changes the process that it runs in, or measures it: such a file gets one of its own. The others share
 * one for each worker: loading the host and the engine takes longer than most of them.
 */
const needsOwnProcess =
  /process\.(chdir|memoryUsage|on\b|umask|exit|kill\(process|std\w+\.write = )|process\.env(\.\w+|\[[^\]]+\]) = |delete process\.env|Supervisor|\bvi\.|\bkills\(|\bperformHere\(/

/** A driver that crashes takes those with it that open a GPU, and no others. */
const opensGpu = /\bonWebGPU\b/

const files = globSync('{engine,electron,renderer,e2e,resources}/**/*.test.ts', {
  cwd: import.meta.dirname,
}).map((path) => path.replaceAll('\\', '/'))
const groups = Object.groupBy(files, (path) => {
  const text = readFileSync(join(import.meta.dirname, path), 'utf8')
  return needsOwnProcess.test(text) ? 'alone' : opensGpu.test(text) ? 'gpu' : 'shared'
})

/** Programs that a test starts by their source are started as `e2e/checks/test-programs.ts` built them. */
const builtPrograms = (folder: string): Plugin => ({
  name: 'built-programs',
  enforce: 'pre',
  transform: (code, id) =>
    id.startsWith(join(import.meta.dirname, 'electron/'))
      ? code.replace(
          /new URL\('(?:\.{1,2}|\.\.\/host)\/(trainer|worker|cli|main)\.ts', import\.meta\.url\)/g,
          (_, name: string) => {
            const built = pathToFileURL(join(folder, `${name}.js`)).href
            return `new URL(${JSON.stringify(built)})`
          },
        )
      : null,
})

const programs = process.env[programsVariable]

export default defineConfig({
  plugins: programs ? [builtPrograms(programs)] : [],
  test: {
    // What `npm test` leaves to `npm run acceptance -- whole`; whoever runs a file by hand gets all of it.
    tags: [
      { name: 'thorough', description: 'Takes long, and what it walks through is walked by another test.' },
    ],
    projects: [
      {
        extends: true,
        test: { name: 'alone', include: groups.alone ?? [], setupFiles: 'e2e/checks/equal-tensors.ts' },
      },
      ...(['gpu', 'shared'] as const).map((name) => ({
        extends: true as const,
        test: {
          name,
          include: groups[name] ?? [],
          isolate: false,
          setupFiles: ['e2e/checks/equal-tensors.ts', 'e2e/checks/fresh-start.ts'],
        },
      })),
    ],
    // Native modules (Dawn, SQLite, DuckDB) want a process, not a thread: getenv() does not see a worker thread's environment.
    pool: 'forks',
    // Vitest leaves a core to itself, which on two cores means one test file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What a machine once found out must not decide a test; compiled sources only make processes start sooner.
    env: {
      ...vulkanEnvironment(),
      DESCENT_CACHE: 'off',
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled'),
    },
    // On two cores that others use, what starts processes takes five times as long as on a quiet machine: only what hangs is to end.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
