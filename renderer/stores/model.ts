/** Model step: shapes, counts and problems of the network in the recipe; what its layers can be. */
import { useLocalStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { isCustom, withDocument } from '../../electron/contract/index.ts'
import type { Model, NetworkDocument, NetworkEdit, NodeKind, Recipe } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { strings } from '../strings/index.ts'
import { createResource } from './resource.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.model.notices

/** How the layers are looked at: one under the other, or with the lines between them. */
export const layerViews = ['list', 'graph'] as const
export type LayerView = (typeof layerViews)[number]

export const useModel = defineStore('model', () => {
  const session = useSession()
  const notices = useNotices()
  const summary = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('model.summary', { projectId }, signal),
  )
  /** The same for all projects. */
  const kinds = shallowRef<{ layers: NodeKind[]; functions: NodeKind[] }>({ layers: [], functions: [] })
  let asked = false

  function ensure(): void {
    const { project, recipe, dataset, problem } = session
    if (project && recipe && dataset && !problem && session.saving === 0)
      summary.ensure(
        `${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.target, recipe.imbalance, recipe.prepare, recipe.split, recipe.model, recipe.training.loss])}`,
      )
    if (asked) return
    asked = true
    void notices
      .guard(() => call('model.layers', {}))
      .then((answer) => {
        if (answer) kinds.value = answer
        else asked = false
      })
  }

  /** The layers as they are now; null while nobody knows yet what a template makes of a change. */
  const document = computed((): NetworkDocument | null => {
    const model = session.recipe?.model
    if (!model) return null
    if (isCustom(model)) return model.document
    return summary.loading || session.saving > 0 ? null : (summary.data?.document ?? null)
  })

  function edit(change: (document: NetworkDocument) => NetworkDocument): void {
    const [before, model] = [document.value, session.recipe?.model]
    if (!before || !model) return
    const after = change(before)
    if (JSON.stringify(after) === JSON.stringify(before)) return
    void session.edit((recipe) => ({ ...recipe, model: withDocument(recipe.model, after) }) as Recipe)
    if (!isCustom(model)) notices.announce(words.byHand)
  }
  /** What was proposed of this network, as one edit. */
  function replace(proposed: Model): void {
    const model = session.recipe?.model
    if (!model) return
    void session.edit((recipe) => ({ ...recipe, model: proposed }) as Recipe)
    if (isCustom(proposed) && !isCustom(model)) notices.announce(words.byHand)
  }
  /** Why the last edit was not done; '' where it was. */
  const refusal = ref('')
  // Of other layers it says nothing.
  watch(document, () => {
    refusal.value = ''
  })
  /** Keeps the sentence where the edit is refused; else chooses what it left to look at. Gives whether it was done. */
  function apply(change: (document: NetworkDocument) => NetworkEdit): boolean {
    if (!document.value) return false
    const came = change(document.value)
    refusal.value = 'refused' in came ? came.refused : ''
    if ('refused' in came) return false
    choose(came.chosen)
    edit(() => came.document)
    return true
  }

  const storedView = useLocalStorage<string>('descent-layers', 'list')
  const view = computed<LayerView>({
    get: () => layerViews.find((one) => one === storedView.value) ?? 'list',
    set: (next) => {
      storedView.value = next
    },
  })
  const picked = shallowRef<readonly string[]>([])
  /** Layers and inputs, in the order in which they were chosen; of another document none. */
  const chosen = computed((): readonly string[] => {
    const seen = document.value ?? summary.data?.document
    if (!seen) return []
    const there = new Set([...seen.inputs.map(({ name }) => name), ...seen.nodes.map(({ id }) => id)])
    return picked.value.filter((id) => there.has(id))
  })
  function choose(ids: readonly string[]): void {
    picked.value = ids
    refusal.value = ''
  }

  function backToTemplate(): void {
    void session.edit((recipe) =>
      isCustom(recipe.model) && recipe.model.from
        ? ({ ...recipe, model: recipe.model.from } as Recipe)
        : recipe,
    )
  }
  return {
    summary,
    kinds,
    document,
    view,
    chosen,
    refusal,
    choose,
    ensure,
    edit,
    apply,
    replace,
    backToTemplate,
  }
})
