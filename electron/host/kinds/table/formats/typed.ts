/** Columns whose cells are numbers by their file's own types: they mean what they say, however another file writes numbers. */

import { Digits } from './cells.ts'

/** Text in which a number may be written, by whatever rules. */
const mayBeNumber = (value: string): boolean => /\d/.test(value)

export class TypedNumbers {
  private readonly numbers = new Set<number>()
  private readonly texts = new Set<number>()
  private readonly headed: boolean

  /** `headed`: names and titles may stand above the numbers. */
  constructor(headed = false) {
    this.headed = headed
  }

  see(column: number, value: unknown): void {
    if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Digits)
      this.numbers.add(column)
    else if (value instanceof Date) this.texts.add(column)
    else if (typeof value === 'string' && mayBeNumber(value) && (!this.headed || this.numbers.has(column)))
      this.texts.add(column)
  }

  get columns(): ReadonlySet<number> {
    return this.numbers.difference(this.texts)
  }
}
