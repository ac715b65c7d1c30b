/** Model step: shapes, counts and problems of the network in the recipe; what its layers can be. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { isCustom, withDocument } from '../../electron/contract/index.ts'
import type { Model, NetworkDocument, NodeKind, Recipe } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { strings } from '../strings/index.ts'
import { createResource } from './resource.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'

const words = strings.model.notices

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
  function backToTemplate(): void {
    void session.edit((recipe) =>
      isCustom(recipe.model) && recipe.model.from
        ? ({ ...recipe, model: recipe.model.from } as Recipe)
        : recipe,
    )
  }
  return { summary, kinds, document, ensure, edit, replace, backToTemplate }
})
