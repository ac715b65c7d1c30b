/** What a step of shaping does, and for which rows. */
import type { JoinStep } from '../../../../contract/index.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import type { State } from './state.ts'

/** The second table of a step, as it is kept. */
export interface Partner {
  readonly names: readonly string[]
  /** A table's file (table-file.ts), with gaps where values are missing. */
  readonly file: string
}

export interface ShapingContext {
  readonly connection: DuckDBConnection
  /** What `AS` may call things in this step: no other step calls its own so. */
  readonly own: string
  /**
   * `training`: the rows that are learned from, of which what leaves out too much is refused; `test`: those of a test
   * file, for which nothing is; `new`: rows to predict, all of which stay.
   */
  readonly rows: 'training' | 'test' | 'new'
  partner(step: JoinStep): Promise<Partner>
}

export interface Shaped {
  readonly state: State
  /** What there is to know of it. */
  readonly notes: readonly string[]
}

export type ShapingFunction = (state: State, context: ShapingContext) => Promise<Shaped>
