/** Modules of programs, for programs that differ in nothing but numbers: the same network on a batch of another size, or once more. */
import type { CodeKernel } from '../../compiler/kernel.ts'
import { Recent, type CodeCache } from './code-cache.ts'
import { estimateTime } from './estimate.ts'
import { calledKernel } from './kernel-code.ts'
import type { KernelForm, KernelForms } from './kernel-form.ts'
import type { CalledKernel, CompiledKernel } from './run-function.ts'
import type { PoolProgram, RunAlone } from './thread-pool.ts'

/** What is kept at most, by what modules measure before they are compiled. */
const usualBytes = 16 * 2 ** 20
/** Modules of one structure that are kept: programs that differ in more than numbers may take turns. */
const mostAlike = 4

export interface ProgramModule {
  readonly alone: RunAlone
  /** null: one thread computes it. */
  readonly program: PoolProgram | null
  readonly bytes: number
  /** Kernels that it computes part by part, and how many iterations of each go together, see Task. */
  readonly chains: readonly { readonly kernels: readonly number[]; readonly steps: readonly number[] }[]
}

/** How a kernel of a program is computed: no more than the name of its form, which would hold on to the kernel. */
interface Choice {
  readonly key: string
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
  /** Of its slots' memory. */
  names(slot: number): string
}

export interface LinkedModule {
  readonly module: ProgramModule
  readonly kernels: readonly CalledKernel[]
}

export class ModuleCache {
  /** Of each structure, the newest first. */
  readonly #kept: Recent<readonly Kept[]>
  readonly #code: CodeCache

  constructor(code: CodeCache, most = usualBytes) {
    this.#code = code
    this.#kept = new Recent(most)
  }

  /** One that was made for kernels of these forms and at least as much work, so that threads share it sensibly; else a new one. */
  get(
    wanted: readonly WantedKernel[],
    make: (kernels: readonly CompiledKernel[]) => ProgramModule,
    suits: (module: ProgramModule, kernels: readonly CalledKernel[]) => boolean,
  ): LinkedModule {
    const called = (forms: readonly KernelForm[]): CalledKernel[] =>
      forms.map((form, i) => calledKernel(wanted[i]!.kernel, form, this.#code))
    const nanoseconds = wanted.reduce((sum, { kernel }) => sum + estimateTime(kernel), 0)
    const key = keyOf(wanted)
    const known = this.#kept.get(key) ?? []
    for (const kept of known) {
      const again = kept.nanoseconds >= nanoseconds ? sameForms(wanted, kept.choices) : null
      if (!again) continue
      const kernels = called(again)
      if (suits(kept.module, kernels)) return { module: kept.module, kernels }
    }
    const coded = wanted.map(({ forms }) => this.#code.code(forms))
    const kernels = called(coded.map(({ form }) => form))
    const module = make(kernels.map((kernel, i) => ({ ...kernel, code: coded[i]!.code })))
    const choices = coded.map(({ form }, i): Choice => ({ key: form.key, size: wanted[i]!.forms.size }))
    const alike = [{ module, choices, nanoseconds }, ...known].slice(0, mostAlike)
    this.#kept.set(key, alike, alike.reduce((sum, kept) => sum + kept.module.bytes, 0)) // prettier-ignore
    return { module, kernels }
  }
}

/** What kernels are called with stands in a program's table; which of them wait for which stands in the code. */
const keyOf = (wanted: readonly WantedKernel[]): string =>
  JSON.stringify(wanted.map(({ forms, reads, writes }) => [forms.family, [...reads], [...writes]]))

/** The forms that kernels have in common with those a module was made for; null where one has none. */
function sameForms(wanted: readonly WantedKernel[], choices: readonly Choice[]): KernelForm[] | null {
  const found = wanted.map(({ forms: { best, others, size } }, i): KernelForm | undefined => {
    const { key, size: most } = choices[i]!
    if (best.key === key) return best
    if (size > most) return undefined
    for (const form of others()) if (form.key === key) return form
    return undefined
  })
  return found.every((form) => form !== undefined) ? found : null
}
