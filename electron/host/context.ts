import type { z } from 'zod'
import type { HostEvent, Output, ProcedureName, Procedures } from '../contract/index.ts'
import type { Jobs } from './jobs/index.ts'
import type { Store } from './store/index.ts'

/** Implementations of the contract's procedures. The server has validated the input before it calls one. */
export type Handlers = {
  [N in ProcedureName]: (input: z.output<Procedures[N]['input']>) => Promise<Output<N>>
}

/** What every capability may use. Built once by app.ts; nothing here is global. */
export interface HostContext {
  readonly workspace: string
  readonly store: Store
  /** Work on data, in processes of their own. */
  readonly jobs: Jobs
  /** For temporary files; goes when the host ends, and at the next start if it was killed. */
  readonly scratch: string
  /** Tells every connected window. */
  emit(event: HostEvent): void
}
