/** The network that a training moves: with its first weights, and with what its rules for parameters say. */
import type { nn, Tensor } from '../../../engine/index.ts'
import type { NetworkDocument, ParameterRule, Recipe, StartedFrom } from '../../contract/index.ts'
import { documentOf, type NetworkSpec } from '../model/build.ts'
import { onPaper } from '../model/check.ts'
import { requireFitting } from '../model/fit.ts'
import { moduleOf, sketchOf, type Network } from '../model/module.ts'
import type { Group } from './optimizers.ts'
import { movements, type Movement } from './parameter-rules.ts'
import { matchWeights, type StartWeights } from './start-weights.ts'
import { fromTensorData } from './tensors.ts'
import { fillTable, toldVectors, vectorTables } from './word-vectors.ts'

/** Parameters that are moved alike, in the order in which the first of each comes. */
function groupsOf(
  parameters: readonly (readonly [string, Tensor])[],
  moved: ReadonlyMap<string, Movement>,
): Group[] {
  const groups = new Map<string, Group & { params: Tensor[] }>()
  for (const [name, parameter] of parameters) {
    const { frozen, factor, weightDecay } = moved.get(name)!
    if (frozen) continue
    const key = `${factor}, ${weightDecay}`
    const group = groups.get(key) ?? {
      params: [],
      ...(factor !== 1 && { factor }),
      ...(weightDecay !== null && { weightDecay }),
    }
    group.params.push(parameter)
    groups.set(key, group)
  }
  return [...groups.values()]
}

export interface NetworkToTrain {
  readonly document: NetworkDocument
  readonly network: Network
  readonly groups: readonly Group[]
  /** null: all weights were drawn. */
  readonly startedFrom: StartedFrom | null
  /** Training mode, but for what is frozen. */
  readonly train: () => void
}

export interface NetworkStart extends NetworkSpec {
  readonly rules: readonly ParameterRule[]
  /** null: they are drawn from the engine's generator, or restored by whoever asks. */
  readonly start: StartWeights | null
}

const isBatchNorm = (module: nn.AnyModule): boolean => /^BatchNorm/.test(module.constructor.name)

/** Draws from the engine's generator: call manualSeed before. */
export function networkToTrain({ rules, start, ...spec }: NetworkStart): NetworkToTrain {
  const document = documentOf(spec)
  const network = moduleOf(document)
  const parameters = [...network.namedParameters()]
  const moved = movements(
    rules,
    parameters.map(([name]) => name),
  )
  for (const [name, parameter] of parameters) parameter.requiresGrad = !moved.get(name)!.frozen
  const tables = start?.vectors && vectorTables(start.vectors, document, shapesOf(network))
  for (const { weight, start: given } of tables ?? []) fillTable(new Map(parameters).get(weight)!, given)
  const match = start && !tables ? matchWeights(start, shapesOf(network)) : null
  if (match) {
    const given = Object.entries(match.tensors).map(([name, value]) => [name, fromTensorData(value)])
    network.loadStateDict({ ...network.stateDict(), ...Object.fromEntries(given) })
  }
  // Statistics of a layer that is not to change would change all the same.
  const still = network
    .modules()
    .filter((module) => isBatchNorm(module) && module.parameters().length > 0)
    .filter((module) => module.parameters().every(({ requiresGrad }) => !requiresGrad))
  const train = (): void => {
    network.train()
    for (const module of still) module.eval()
  }
  train()
  const names = parameters.map(([name]) => name)
  const startedFrom = start && tables ? toldVectors(start, tables, names) : (match?.told ?? null)
  return { document, network, groups: groupsOf(parameters, moved), startedFrom, train }
}

const shapesOf = (network: Network): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(network.stateDict()).map(([name, { shape }]) => [name, shape]))

/** Errors: a DescentError that says what of the network, its rules or its first weights does not go together. */
export async function requireStart(
  spec: NetworkSpec,
  { training }: Pick<Recipe, 'training'>,
  start: StartWeights | null,
): Promise<void> {
  await requireFitting(spec)
  await onPaper(() => {
    const network = sketchOf(documentOf(spec))
    movements(
      training.parameters,
      [...network.namedParameters()].map(([name]) => name),
    )
    if (start?.vectors) vectorTables(start.vectors, documentOf(spec), shapesOf(network))
    else if (start) matchWeights(start, shapesOf(network))
  })
}
