/**
 * The programs that tests start, built as they are packaged: a test that trains ten times starts ten trainers, and those start in
 * half the time. Only a whole check builds them; a single test file runs the sources, which nothing can leave behind.
 */
import { join } from 'node:path'
import { buildPrograms, nativeImports } from '../../resources/packaging/programs-build.ts'
import { root } from './process.ts'

/** Names the folder of the built programs to test files and their configuration. */
export const programsVariable = 'DESCENT_TEST_PROGRAMS'

const folder = join(root, 'dist/test-programs')

const entries = {
  start: 'electron/start.ts',
  main: 'electron/host/main.ts',
  cli: 'electron/host/cli.ts',
  trainer: 'electron/host/training/trainer.ts',
  worker: 'electron/host/jobs/worker.ts',
}

/** They read files beside their own, or build the window, which is done by then. */
const packages = [...nativeImports, 'vite', 'tailwindcss', /^@tailwindcss\//, /^@vitejs\//]

let built: Promise<unknown> | undefined

/** What to add to the environment of the tests. Several checks of one process share what the first built. */
export async function buildTestPrograms(): Promise<Record<string, string>> {
  await (built ??= buildPrograms(root, folder, { entries, up: '../..', external: packages }))
  return { [programsVariable]: folder }
}
