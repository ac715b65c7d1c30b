/** The graph of a step holds the very numbers of that step. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { begin, computationGraphSchema, networks, type Model } from '../../contract/index.ts'
import type { Device } from '../../../engine/index.ts'
import { useDevice } from '../training/predict.ts'
import { openSession } from '../training/session.ts'
import { orderOf } from '../training/shuffle.ts'
import { moons, recipeOf, waves } from '../training/testing.ts'
import type { TrainingData } from '../training/train.ts'
import { graphOfBatch } from './batch.ts'

let device: Device
beforeAll(async () => {
  device = await useDevice('wasm')
})
afterAll(() => device.close())

const recipe = recipeOf('classification', { hidden: [6, 5], dropout: 0.2 })

const pictures: TrainingData = {
  ...moons(40),
  inputs: [{ name: 'pixels', kind: 'pixels', channels: 1, height: 12, width: 12, mean: [0.5], std: [0.5] }],
  outputs: 3,
  train: {
    rows: 12,
    inputs: { pixels: Uint8Array.from({ length: 12 * 144 }, (_, i) => (i * 37) % 256) },
    targets: Int32Array.from({ length: 12 }, (_, i) => i % 3),
    weights: null,
  },
}

describe('the graph of a batch', () => {
  it('has the loss of the first step of a training, and its gradients', async () => {
    const data = moons(40)
    const opened = await graphOfBatch({ recipe, data, batchSize: 16, weights: null, start: null })
    const graph = await opened.describe()
    expect(computationGraphSchema.parse(graph)).toEqual(graph)
    const loss = graph.values.find(({ id }) => id === graph.loss)!
    const session = openSession({
      ...data,
      model: recipe.model,
      training: recipe.training,
      seed: recipe.seed,
      restore: null,
      start: null,
    })
    session.trainBatch(orderOf(40, recipe.seed, 0, null).slice(0, 16))
    expect(loss.forward.mean! * 16).toBeCloseTo(16 * (await session.takeLosses())[0]!, 4)
    expect(loss.gradient!.mean).toBe(1)
    // Layers by their names; what follows the network is the loss.
    const modules = [...new Set(graph.nodes.map(({ module, moduleType }) => `${module}: ${moduleType}`))]
    expect(modules[0]).toMatch(/: Linear$/)
    expect(modules.at(-1)).toBe('loss: Cross-entropy')
    const names = graph.values.flatMap(({ name }) => (name === null ? [] : [name]))
    expect(names).toContain('numbers')
    expect(names).toContain('target')
    expect(names.some((name) => name.endsWith('.weight') && !name.startsWith('network'))).toBe(true)
    const weights = graph.values.filter(({ kind }) => kind === 'parameter')
    expect(weights.length).toBeGreaterThan(5)
    for (const weight of weights) expect(weight.gradient).not.toBeNull()
    expect(graph.edges.filter(({ local }) => local !== null).length).toBeGreaterThan(10)
    expect(graph.unmeasured).toBe(0)
  })

  it.each<[string, TrainingData, Model]>([
    ['fully connected', moons(40), recipe.model],
    ['of numbers', waves(40), recipe.model],
    ['a ResNet', pictures, begin(networks, 'resnet20')],
  ])('sums paths to the gradient: %s', async (_, data, model) => {
    const task = data.outputs === 1 ? 'regression' : 'classification'
    const opened = await graphOfBatch({
      recipe: { ...recipeOf(task), model },
      data,
      batchSize: 3,
      weights: null,
      start: null,
    })
    const graph = await opened.describe()
    const weights = graph.values.filter(({ kind }) => kind === 'parameter')
    for (const { id } of [weights[0]!, weights.at(-1)!]) {
      const { value, gradient } = await opened.numbers(id)
      expect(value.numbers.length).toBeGreaterThan(0)
      const found = await opened.paths(id, 0)
      expect(found.gradient).toBe(gradient!.numbers[0])
      const sum = found.paths.reduce((total, { product }) => total + product, found.remainder)
      expect(Math.abs(sum - found.gradient)).toBeLessThan(1e-6 * Math.max(1, Math.abs(found.gradient)))
      expect(found.paths.length).toBeGreaterThan(0)
      for (const { steps, product } of found.paths) {
        expect(steps.at(-1)!.to).toBe(graph.loss)
        expect(steps.reduce((all, { derivative }) => all * derivative, 1)).toBe(product)
      }
    }
  })

  it('says what no path leads from', async () => {
    const opened = await graphOfBatch({ recipe, data: moons(40), batchSize: 4, weights: null, start: null })
    const { values } = await opened.describe()
    const target = values.find(({ name }) => name === 'target')!
    await expect(opened.paths(target.id, 0)).rejects.toThrow('No gradient flows to this value')
  })

  it('refuses a batch without a variance', async () => {
    const model = { ...recipe.model, batchNorm: true } as Model
    await expect(
      graphOfBatch({
        recipe: { ...recipe, model },
        data: moons(40),
        batchSize: 1,
        weights: null,
        start: null,
      }),
    ).rejects.toThrow('at least 2 examples')
  })
})
