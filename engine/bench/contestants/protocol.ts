/** One JSON object a line: requests on a contestant's stdin, replies on its stdout. */
import type { Case } from '../cases.ts'

export type Request =
  /** Gets ready for a case; `id` names it from now on. */
  | { kind: 'prepare'; id: string; case: Case }
  | { kind: 'run'; id: string; variant: string; iterations: number }
  | { kind: 'forget'; id: string }

export type Reply =
  /** `variants`: ways to run it that are each measured, such as numbers of threads; [''] where there is one. */
  | { kind: 'ready'; device: string; version: string; variants: string[] }
  | { kind: 'ran'; ran: Ran }
  | { kind: 'forgotten' }
  | { kind: 'failed'; reason: string }

export interface Ran {
  seconds: number
  /**
   * What it computed: the last loss of a training, else the fingerprint of the result. Those of the first run, of
   * `probeIterations`, must agree among contestants, so that nobody wins by computing something else.
   */
  result: number
  /** Data path only: seconds of the same steps on a batch that was ready. */
  readySeconds?: number
}

/** The first run, always of this length and always before any other: enough for gradients and optimizer to show in a loss. */
export const probeIterations = 2

/** How to start a contestant, or why it cannot take part. */
export type Launch =
  { command: string; args: string[]; environment?: Record<string, string> } | { missing: string }

export interface Contestant {
  name: string
  ours: boolean
  /** Kinds of cases that it is for. */
  kinds: readonly Case['kind'][]
  launch: () => Promise<Launch>
}
