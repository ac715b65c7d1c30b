/** What the host and a worker process say to each other over Node's IPC channel ('advanced' serialization). */
import type { DescentErrorValue, FirstLook, Limits } from '../../contract/index.ts'
import type { TaskInput, TaskName } from './tasks.ts'

export interface Order<N extends TaskName = TaskName> {
  readonly task: N
  readonly input: TaskInput<N>
  readonly limits: Limits
  /** A folder for temporary files. */
  readonly scratch: string
}

/** What can be heard from the process about the order it is working on. There is one at a time. */
export type Report =
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'firstLook'; readonly look: FirstLook }
  | { readonly type: 'learned'; readonly hashes: Record<string, string> }
  /** Where the system does not say how much memory a process uses. */
  | { readonly type: 'memory'; readonly bytes: number }
  | { readonly type: 'done'; readonly value: unknown }
  /** `detail`: of a fault of ours, for the log. */
  | { readonly type: 'failed'; readonly error: DescentErrorValue; readonly detail: string | null }
