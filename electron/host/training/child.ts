/** Starts trainer processes. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { codeCacheEnvironment, trainingFlags } from '../../../engine/node.ts'
import type { FromTrainer, ToTrainer } from './protocol.ts'

const program = fileURLToPath(new URL('./trainer.ts', import.meta.url))

export interface Trainer {
  readonly pid: number | undefined
  send(message: ToTrainer): void
  kill(): void
}

/** `environment`: added to the host's own. `onExit` comes last, whatever happened, with what the process wrote to stderr. */
export function startTrainer(
  onMessage: (message: FromTrainer) => void,
  onExit: (signal: string | null, stderr: string) => void,
  environment: Readonly<Record<string, string>> = {},
): Trainer {
  const child: ChildProcess = fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Flags of the host's own process (a debugger's port, a test runner's loader) are not the trainer's.
    execArgv: trainingFlags,
    env: { ...process.env, ...codeCacheEnvironment(), ...environment },
  })
  let stderr = ''
  let over = false
  const exit = (signal: string | null): void => {
    if (over) return
    over = true
    onExit(signal, stderr.trim())
  }
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)))
  child.on('message', (message) => onMessage(message as FromTrainer))
  child.on('error', (error) => {
    stderr += error.message
    exit(null)
  })
  child.on('close', (code, signal) => exit(signal ?? (code === 0 ? null : `code ${code}`)))
  return {
    pid: child.pid,
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    kill: () => void child.kill('SIGKILL'),
  }
}

export function diedMessage(who: string, signal: string | null, stderr: string): string {
  const lastLine = stderr.split('\n').at(-1) ?? ''
  return `${who} ended unexpectedly${signal === null ? '' : ` (${signal})`}${lastLine === '' ? '.' : `: ${lastLine}`}`
}
