/** What goes by: counted, hashed, and held to the limits. Records of CSV end with a line feed outside of quotes. */
import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import type { Limits } from '../../../contract/index.ts'
import { limitError } from '../../inputs/limit-error.ts'

const quote = 0x22
const lineFeed = 0x0a

export class RowMeter extends Transform {
  bytes = 0
  rows = 0
  longest = 0
  private readonly hash = createHash('sha256')
  private inQuotes = false
  private length = 0
  private readonly shown: string
  private readonly limits: Limits
  private readonly told: (rows: number) => void

  constructor(shown: string, limits: Limits, told: (rows: number) => void) {
    super()
    this.shown = shown
    this.limits = limits
    this.told = told
  }

  override _transform(
    chunk: Buffer,
    _: BufferEncoding,
    done: (error?: Error | null, chunk?: Buffer) => void,
  ) {
    this.bytes += chunk.length
    this.hash.update(chunk)
    let begin = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === quote) this.inQuotes = !this.inQuotes
      else if (byte === lineFeed && !this.inQuotes) {
        this.longest = Math.max(this.longest, this.length + i - begin)
        this.length = 0
        begin = i + 1
        this.rows++
      }
    }
    this.length += chunk.length - begin
    const { limits, shown } = this
    if (this.length > limits.lineLength || this.longest > limits.lineLength)
      return done(
        limitError('lineLength', limits, `A row of ${shown} has`, Math.max(this.length, this.longest)),
      )
    if (this.bytes > limits.fileSize)
      return done(
        limitError('fileSize', limits, `${shown.charAt(0).toUpperCase()}${shown.slice(1)} has`, null),
      )
    this.told(this.rows)
    done(null, chunk)
  }

  /** Of everything that came, and of what it is called. */
  digest(names: string): string {
    return this.hash.copy().update('\0').update(names).digest('hex')
  }
}
