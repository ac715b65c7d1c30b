/** Code of kernels that programs had, for those to come: of a training's last batch, most is known. */
import type { KernelCode } from './run-function.ts'

/** What is kept at most: the code and tables of many programs. */
const usualBytes = 64 * 2 ** 20
/** Of an instruction while its function is under construction. */
const bytesPerCode = 8

const bytesOf = ({ code, extra }: KernelCode): number =>
  code.size * bytesPerCode + (extra?.tables?.byteLength ?? 0)

export class CodeCache {
  /** The one that was asked for last goes last. */
  readonly #kept = new Map<string, KernelCode>()
  readonly #most: number
  #bytes = 0

  constructor(most = usualBytes) {
    this.#most = most
  }

  get size(): number {
    return this.#kept.size
  }

  get(key: string, make: () => KernelCode): KernelCode {
    const known = this.#kept.get(key)
    const code = known ?? make()
    if (known) this.#kept.delete(key)
    else this.#bytes += bytesOf(code)
    this.#kept.set(key, code)
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#most) break
      this.#kept.delete(oldest)
      this.#bytes -= bytesOf(old)
    }
    return code
  }
}
