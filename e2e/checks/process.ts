import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

export interface Finished {
  code: number
  output: string
}

interface Options {
  env?: NodeJS.ProcessEnv
  /** Show the output as it comes as well as collecting it. */
  live?: boolean
  timeoutSeconds?: number
}

/** Runs a command in the project's root. Never throws: a command that cannot be started is code 127 with the reason. */
export function run(command: string, args: readonly string[], options: Options = {}): Promise<Finished> {
  return new Promise((done) => {
    const chunks: Buffer[] = []
    const keep = (chunk: Buffer): void => {
      chunks.push(chunk)
      if (options.live) process.stdout.write(chunk)
    }
    const finish = (code: number, note = ''): void =>
      done({ code, output: Buffer.concat(chunks).toString('utf8') + note })
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: (options.timeoutSeconds ?? 1800) * 1000,
      killSignal: 'SIGKILL',
    })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => finish(127, error.message))
    child.on('close', (code, signal) => finish(code ?? 128, signal ? `\nended by ${signal}` : ''))
  })
}

/** The script behind a package's command, so that it runs under this very Node on every platform. */
export function packageScript(packageName: string, command = packageName): string {
  const folder = join(root, 'node_modules', packageName)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const script = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[command]
  if (!script) throw new Error(`The package ${packageName} has no command ${command}.`)
  return join(folder, script)
}

export const runPackage = (
  packageName: string,
  args: readonly string[],
  options: Options & { command?: string } = {},
): Promise<Finished> => run(process.execPath, [packageScript(packageName, options.command), ...args], options)
