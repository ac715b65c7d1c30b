/** Modules of programs, for programs that differ in nothing but numbers: the same network on a batch of another size, or once more. */
import type { CodeKernel } from '../../compiler/kernel.ts'
import type { FunctionBuilder } from './assembler.ts'
import { Recent, type CodeCache } from './code-cache.ts'
import { estimateTime } from './estimate.ts'
import { compiledKernel } from './kernel-code.ts'
import type { KernelForm, KernelForms } from './kernel-form.ts'
import type { CompiledKernel } from './run-function.ts'
import type { PoolProgram, RunAlone } from './thread-pool.ts'

/** What is kept at most, by what modules measure before they are compiled. */
const usualBytes = 16 * 2 ** 20

export interface ProgramModule {
  readonly alone: RunAlone
  /** null: one thread computes it. */
  readonly program: PoolProgram | null
  readonly bytes: number
}

/** How a kernel of a program is computed. */
interface Choice {
  readonly form: KernelForm
  readonly code: FunctionBuilder
  /** Of the kernel it was made for. */
  readonly size: number
}

interface Kept {
  readonly module: ProgramModule
  readonly choices: readonly Choice[]
  readonly nanoseconds: number
}

/** A kernel of a program that wants a module. */
export interface WantedKernel {
  readonly kernel: CodeKernel
  readonly forms: KernelForms
  /** Memory it touches, as for `Work`. */
  readonly reads: ReadonlySet<string>
  readonly writes: ReadonlySet<string>
}

export interface LinkedModule {
  readonly module: ProgramModule
  readonly kernels: readonly CompiledKernel[]
}

export class ModuleCache {
  readonly #kept: Recent<Kept>
  readonly #code: CodeCache

  constructor(code: CodeCache, most = usualBytes) {
    this.#code = code
    this.#kept = new Recent(most)
  }

  get size(): number {
    return this.#kept.size
  }

  /**
   * One that was made for kernels of these forms and at least as much work, so that threads share it sensibly; else a new one,
   * which takes its place.
   */
  get(
    wanted: readonly WantedKernel[],
    make: (kernels: readonly CompiledKernel[]) => ProgramModule,
  ): LinkedModule {
    const compiled = (choices: readonly Choice[]): CompiledKernel[] =>
      choices.map(({ form, code }, i) => compiledKernel(wanted[i]!.kernel, form, code, this.#code))
    const nanoseconds = wanted.reduce((sum, { kernel }) => sum + estimateTime(kernel), 0)
    const key = keyOf(wanted)
    const known = this.#kept.get(key)
    const again = known && known.nanoseconds >= nanoseconds ? sameChoices(wanted, known.choices) : null
    if (known && again) return { module: known.module, kernels: compiled(again) }
    const choices = wanted.map(({ forms }): Choice => ({ ...this.#code.code(forms), size: forms.size }))
    const kernels = compiled(choices)
    const module = make(kernels)
    this.#kept.set(key, { module, choices, nanoseconds }, module.bytes)
    return { module, kernels }
  }
}

/** What kernels are called with stands in a program's table; which of them wait for which stands in the code. */
const keyOf = (wanted: readonly WantedKernel[]): string =>
  JSON.stringify(wanted.map(({ forms, reads, writes }) => [forms.family, [...reads], [...writes]]))

/** The forms that kernels have in common with those a module was made for; null where one has none. */
function sameChoices(wanted: readonly WantedKernel[], choices: readonly Choice[]): Choice[] | null {
  const found = wanted.map(({ forms: { best, others, size } }, i): Choice | null => {
    const { form, code, size: most } = choices[i]!
    const isSame = ({ key }: KernelForm): boolean => key === form.key
    if (isSame(best)) return { form: best, code, size: most }
    const same = size <= most ? others().find(isSame) : undefined
    return same ? { form: same, code, size: most } : null
  })
  return found.every((choice) => choice !== null) ? found : null
}
