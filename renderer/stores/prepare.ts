/** Prepare step: what the recipe makes of the data. */
import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

/** A row of the panel, beside the original. */
const drawsShown = 11

export const usePrepare = defineStore('prepare', () => {
  const session = useSession()
  const summary = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) => call('prepare.summary', { projectId }, signal),
  )

  function ensure(): void {
    const { project, recipe, dataset, problem } = session
    if (project && recipe && dataset && !problem && session.saving === 0)
      summary.ensure(
        // The batch size is held against the rows that are left for training.
        `${dataset.id}|${JSON.stringify([recipe.data, recipe.task, recipe.target, recipe.selection, recipe.imbalance, recipe.prepare, recipe.split, recipe.augment, recipe.training.batchSize])}`,
      )
  }

  const example = ref(0)
  const seed = ref(0)
  // A place in other data is another example, or none.
  watch(
    [() => session.project?.id, () => session.dataset?.id],
    () => {
      example.value = 0
      seed.value = 0
    },
    { flush: 'sync' },
  )
  /** What the augmentations make of one training example. */
  const augmented = createResource(
    () => session.project?.id ?? null,
    (projectId, signal) =>
      call(
        'prepare.augmented',
        { projectId, example: example.value, seed: seed.value, draws: drawsShown },
        signal,
      ),
  )
  function ensureAugmented(): void {
    const { project, recipe, dataset, problem } = session
    if (!project || !recipe || !dataset || problem || session.saving > 0) return
    if (recipe.augment.length === 0) return
    augmented.ensure(
      `${dataset.id}|${example.value}|${seed.value}|${JSON.stringify([recipe.data, recipe.task, recipe.target, recipe.prepare, recipe.split, recipe.augment, recipe.seed])}`,
    )
  }
  return { summary, ensure, augmented, ensureAugmented, example, seed }
})
