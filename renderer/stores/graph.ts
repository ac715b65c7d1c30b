/** The graph of one batch of the open project: built when it is asked for, for it takes a while. */
import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'
import {
  graphOptions,
  type BatchGraph,
  type GraphWeights,
  type KeyedGraph,
} from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { stateOf } from '../lib/graph/outdated.ts'
import { createResource } from './resource.ts'
import { useSession } from './session.ts'
import { useTrain } from './train.ts'

/** A graph, with what it was asked for by, and what it was made of then. */
interface Built {
  readonly request: BatchGraph
  readonly state: string
  readonly graph: KeyedGraph
}

export const useGraphs = defineStore('graph', () => {
  const session = useSession()
  const train = useTrain()
  const chosen = reactive<{ batchSize: number; weights: GraphWeights }>({
    batchSize: graphOptions.batchSize.start,
    weights: null,
  })
  const resource = createResource<Built>(
    () => session.project?.id ?? null,
    async (projectId, signal) => {
      const request: BatchGraph = {
        projectId,
        batchSize: chosen.batchSize,
        weights: chosen.weights && { ...chosen.weights },
      }
      const state = stateNow(request.weights)
      return { request, state, graph: await call('graph.ofBatch', request, signal) }
    },
  )
  let builds = 0
  const build = (): void => resource.ensure(String(++builds))

  function stateNow(weights: GraphWeights): string {
    const run = train.runs.find(({ id }) => id === weights?.runId) ?? null
    return stateOf(weights, session, run)
  }
  const outdated = computed(() => {
    const built = resource.data
    return built !== null && built.state !== stateNow(built.request.weights)
  })
  /** Numbers are those of the graph that is shown, or there are none. */
  const built = () => {
    if (!resource.data) throw new Error('There is no graph yet.')
    const { request, graph } = resource.data
    return { ...request, key: graph.key }
  }
  return {
    chosen,
    resource,
    outdated,
    build,
    numbers: (value: number) => call('graph.numbers', { ...built(), value }),
    paths: (value: number, element: number) => call('graph.paths', { ...built(), value, element }),
  }
})
