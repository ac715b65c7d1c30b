/** One JSON object a line: requests on a contestant's stdin, replies on its stdout. */
import type { Workload } from '../workloads/workload.ts'

export type Request = { kind: 'prepare'; workload: Workload } | { kind: 'run'; steps: number }

export type Reply =
  | { kind: 'ready'; device: string; version: string }
  /** `loss` is that of the last step, so that nobody wins by not learning. */
  | { kind: 'ran'; seconds: number; loss: number }
  | { kind: 'failed'; reason: string }

/** How to start a contestant, or why it cannot take part. */
export type Launch = { command: string; args: string[] } | { missing: string }

export interface Contestant {
  name: string
  ours: boolean
  launch: () => Promise<Launch>
}
