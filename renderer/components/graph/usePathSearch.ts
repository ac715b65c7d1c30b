/** The search for the paths of one element of a value: what it found is of the element that is chosen, or not there. */
import { computed, ref, shallowRef, watch } from 'vue'
import type {
  ComputationGraph,
  DescentError,
  GradientPathInfo,
  GradientPaths,
} from '../../../electron/contract/index.ts'
import { isAbort, toDescentError } from '../../api/client.ts'

interface Of {
  readonly graph: ComputationGraph
  readonly value: number
}

/** `find` asks the host; `show` draws a path, null: none. */
export function usePathSearch(
  of: () => Of,
  find: (value: number, element: number) => Promise<GradientPaths>,
  show: (path: GradientPathInfo | null) => void,
) {
  const chosen = ref(0)
  const found = shallowRef<GradientPaths | null>(null)
  const error = shallowRef<DescentError | null>(null)
  const finding = ref(false)

  let turn = 0
  /** What is still under way is for what was chosen before. */
  function forget(): void {
    turn++
    finding.value = false
    found.value = null
    error.value = null
  }
  watch([() => of().graph, () => of().value], () => {
    // A path that is drawn stays, so that one can look at the values along it.
    chosen.value = 0
    forget()
  })
  const element = computed({
    get: () => chosen.value,
    set: (next) => {
      if (next === chosen.value) return
      chosen.value = next
      forget()
      show(null)
    },
  })
  async function search(): Promise<void> {
    const mine = ++turn
    finding.value = true
    error.value = null
    try {
      const answer = await find(of().value, chosen.value)
      if (mine !== turn) return
      found.value = answer
      show(answer.paths[0] ?? null)
    } catch (reason) {
      if (mine === turn && !isAbort(reason)) error.value = toDescentError(reason)
    } finally {
      if (mine === turn) finding.value = false
    }
  }
  return { element, found, error, finding, search }
}
