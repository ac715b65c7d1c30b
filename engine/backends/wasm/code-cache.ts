/** Code that kernels had, for those to come: a training's last batch finds all of it. */
import type { FunctionBuilder } from './assembler.ts'
import type { KernelForm, KernelForms } from './kernel-form.ts'

/** What is kept of code and of tables at most, each. */
const usualBytes = 64 * 2 ** 20
/** Of an instruction while its function is under construction. */
const bytesPerCode = 8

/** Keeps what was asked for last, up to so many bytes. */
export class Recent<T> {
  /** The one that was asked for last goes last. */
  readonly #kept = new Map<string, { readonly value: T; readonly bytes: number }>()
  readonly #most: number
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#kept.size
  }

  get(key: string): T | undefined {
    const known = this.#kept.get(key)
    if (!known) return undefined
    this.#kept.delete(key)
    this.#kept.set(key, known)
    return known.value
  }

  set(key: string, value: T, bytes: number): void {
    this.#bytes += bytes - (this.#kept.get(key)?.bytes ?? 0)
    this.#kept.delete(key)
    this.#kept.set(key, { value, bytes })
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#most) break
      this.#kept.delete(oldest)
      this.#bytes -= old.bytes
    }
  }
}

export class CodeCache {
  readonly #code: Recent<{ readonly code: FunctionBuilder; readonly size: number }>
  readonly #tables: Recent<Int32Array<ArrayBuffer>>

  constructor(most = usualBytes) {
    this.#code = new Recent(most)
    this.#tables = new Recent(most)
  }

  /** How many functions are kept. */
  get size(): number {
    return this.#code.size
  }

  /**
   * The first form that there is code for, and it. A way that is not the kernel's best counts where it was made for one at
   * least as large: what is good for many rows does for few, but not the other way around.
   */
  code({ best, others, size }: KernelForms): {
    readonly form: KernelForm
    readonly code: FunctionBuilder
  } {
    const own = this.#code.get(best.key)
    if (own) {
      if (size > own.size) this.#keep(best, own.code, size)
      return { form: best, code: own.code }
    }
    for (const form of others()) {
      const known = this.#code.get(form.key)
      if (known && known.size >= size) return { form, code: known.code }
    }
    const code = best.emit()
    this.#keep(best, code, size)
    return { form: best, code }
  }

  #keep({ key }: KernelForm, code: FunctionBuilder, size: number): void {
    this.#code.set(key, { code, size }, code.size * bytesPerCode)
  }

  /** The same ones for all products of the same views. */
  tables({ key, make }: NonNullable<KernelForm['tables']>): Int32Array<ArrayBuffer> {
    const known = this.#tables.get(key)
    if (known) return known
    const tables = make()
    this.#tables.set(key, tables, tables.byteLength)
    return tables
  }
}
