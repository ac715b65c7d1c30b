/** A task in a process of its own, for programs that have no host: beside what this one does meanwhile. */
import { DescentError } from '../../contract/index.ts'
import type { ReadContext } from '../kinds/index.ts'
import type { TaskInput, TaskName, TaskOutput } from './tasks.ts'
import { WorkerProcess } from './worker-process.ts'

/**
 * Errors: what the task throws, or a DescentError where its process ended. `signal`: ends it before it is done; it then rejects
 * with the signal's reason.
 */
export function inWorker<N extends TaskName>(
  task: N,
  input: TaskInput<N>,
  {
    limits,
    scratch,
    signal,
  }: Pick<ReadContext, 'limits'> & { readonly scratch: string; readonly signal?: AbortSignal },
): Promise<TaskOutput<N>> {
  if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
  const worker = new WorkerProcess({})
  return new Promise<TaskOutput<N>>((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    worker.onReport = (report) => {
      if (report.type === 'done') resolve(report.value as TaskOutput<N>)
      if (report.type === 'failed')
        reject(new DescentError(report.error.code, report.error.message, report.error.field))
    }
    worker.onExit = (signal, stderr) =>
      reject(
        new DescentError(
          'internal',
          `A process that looked at the data ended (${signal ?? 'without a reason'}). ${stderr}`.trim(),
        ),
      )
    worker.start({ task, input, limits, scratch })
  }).finally(() => worker.kill())
}
