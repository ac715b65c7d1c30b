/** The command line as a person calls it, and what its runs come to. */
import { run } from '../checks/process.ts'

/** Errors: where the command fails, with the end of what it said. */
export async function descent(args: readonly string[]): Promise<string> {
  const { code, output } = await run(process.execPath, ['electron/host/cli.ts', ...args])
  if (code !== 0) throw new Error(`descent ${args[0]} ended with ${code}: ${output.trim().slice(-2000)}`)
  return output
}

/** `R`: what is read of the report. */
export async function trained<R>(path: string, out: string, args: readonly string[]): Promise<R> {
  const output = await descent(['run', path, ...args, '--json', '--out', out])
  return JSON.parse(output.split('\n').findLast((line) => line.startsWith('{"task"')) ?? '') as R
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
