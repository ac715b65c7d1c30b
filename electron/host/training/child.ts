/** Starts trainer processes. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DescentError } from '../../contract/index.ts'
import type { DeviceReport, FromTrainer, PredictJob, ToTrainer } from './protocol.ts'

const program = fileURLToPath(new URL('./trainer.ts', import.meta.url))

export interface Trainer {
  readonly pid: number | undefined
  send(message: ToTrainer): void
  kill(): void
}

/** `onExit` comes last, whatever happened, with what the process wrote to stderr. */
export function startTrainer(
  onMessage: (message: FromTrainer) => void,
  onExit: (signal: string | null, stderr: string) => void,
): Trainer {
  const child: ChildProcess = fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Flags of the host's own process (a debugger's port, a test runner's loader) are not the trainer's.
    execArgv: [],
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

export interface PredictionResult {
  readonly outputs: Float32Array
  readonly device: DeviceReport
}

/** Predicts in a process of its own: the host never opens a device. */
export function predictInChild(job: Omit<PredictJob, 'type'>): Promise<PredictionResult> {
  return new Promise((resolve, reject) => {
    let device: DeviceReport | null = null
    const trainer = startTrainer(
      (message) => {
        if (message.type === 'device') device = message
        if (message.type === 'failed') reject(new DescentError(message.error.code, message.error.message))
        if (message.type === 'outputs' && device !== null) resolve({ outputs: message.values, device })
      },
      (signal, stderr) =>
        reject(new DescentError('internal', diedMessage('The prediction process', signal, stderr))),
    )
    trainer.send({ type: 'predict', ...job })
  })
}

export function diedMessage(who: string, signal: string | null, stderr: string): string {
  const lastLine = stderr.split('\n').at(-1) ?? ''
  return `${who} ended unexpectedly${signal === null ? '' : ` (${signal})`}${lastLine === '' ? '.' : `: ${lastLine}`}`
}
