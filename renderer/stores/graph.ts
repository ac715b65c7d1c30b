/** The graph of one batch of the open project: built when it is asked for, for it takes a while. */
import { defineStore } from 'pinia'
import { computed, reactive, shallowRef } from 'vue'
import {
  graphOptions,
  type BatchGraph,
  type ComputationGraph,
  type GraphWeights,
} from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'

export const useGraphs = defineStore('graph', () => {
  const session = useSession()
  const chosen = reactive<{ batchSize: number; weights: GraphWeights }>({
    batchSize: graphOptions.batchSize.start,
    weights: null,
  })
  /** What the graph that is held was asked for by. */
  const asked = shallowRef<BatchGraph | null>(null)
  const recipeThen = shallowRef('')
  const resource = createResource<ComputationGraph>(
    () => session.project?.id ?? null,
    (projectId, signal) => {
      asked.value = {
        projectId,
        batchSize: chosen.batchSize,
        weights: chosen.weights && { ...chosen.weights },
      }
      recipeThen.value = JSON.stringify(session.recipe)
      return call('graph.ofBatch', asked.value, signal)
    },
  )
  let builds = 0
  const build = (): void => resource.ensure(String(++builds))

  /** Of a run's weights the recipe is the run's own, whatever the project's is now. */
  const outdated = computed(
    () => asked.value?.weights === null && recipeThen.value !== JSON.stringify(session.recipe),
  )
  const request = (): BatchGraph => {
    if (!asked.value) throw new Error('There is no graph yet.')
    return asked.value
  }
  return {
    chosen,
    resource,
    outdated,
    build,
    numbers: (value: number) => call('graph.numbers', { ...request(), value }),
    paths: (value: number, element: number) => call('graph.paths', { ...request(), value, element }),
  }
})
