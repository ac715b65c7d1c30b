/** Starts trainer processes. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { codeCacheEnvironment, trainingFlags } from '../../../engine/node.ts'
import { DescentError, type StepProfile } from '../../contract/index.ts'
import type { DeviceReport, FromTrainer, Job, PredictJob, ProfileJob, ToTrainer } from './protocol.ts'

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
    execArgv: trainingFlags,
    env: { ...process.env, ...codeCacheEnvironment() },
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

/** Resolves with what `answer` finds in one of the messages of a process that does this job. */
function inChild<T>(job: Job, who: string, answer: (message: FromTrainer) => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const trainer = startTrainer(
      (message) => {
        if (message.type === 'failed') reject(new DescentError(message.error.code, message.error.message))
        const found = answer(message)
        if (found !== null) resolve(found)
      },
      (signal, stderr) => reject(new DescentError('internal', diedMessage(who, signal, stderr))),
    )
    trainer.send(job)
  })
}

/** Predicts in a process of its own: the host never opens a device. */
export function predictInChild(job: Omit<PredictJob, 'type'>): Promise<PredictionResult> {
  let device: DeviceReport | null = null
  return inChild({ type: 'predict', ...job }, 'The prediction process', (message) => {
    if (message.type === 'device') device = message
    return message.type === 'outputs' && device !== null ? { outputs: message.values, device } : null
  })
}

export function profileInChild(job: Omit<ProfileJob, 'type'>): Promise<StepProfile> {
  return inChild({ type: 'measure', ...job }, 'The profiling process', (message) =>
    message.type === 'profile' ? message.profile : null,
  )
}

export function diedMessage(who: string, signal: string | null, stderr: string): string {
  const lastLine = stderr.split('\n').at(-1) ?? ''
  return `${who} ended unexpectedly${signal === null ? '' : ` (${signal})`}${lastLine === '' ? '.' : `: ${lastLine}`}`
}
