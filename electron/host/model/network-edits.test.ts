/** Edits by hand, at random and in a row: what comes out is sound and can be checked, or it is refused with a sentence. */
import { expect, test } from 'vitest'
import { nn, toStateName, type Tensor } from '../../../engine/index.ts'
import {
  branched,
  connected,
  disconnected,
  duplicated,
  edgesOf,
  flowOfInput,
  graphProblems,
  grouped,
  layerGroup,
  insertedBehind,
  insertedOn,
  isReserved,
  isWithin,
  kindName,
  linesOfNodes,
  merged,
  merges,
  moved,
  movedTo,
  networkDocumentSchema,
  newNode,
  removed,
  residualAround,
  ungrouped,
  type Flow,
  type NetworkDocument,
  type NetworkEdit,
  type NetworkNode,
  type NewNode,
} from '../../contract/index.ts'
import { onPaper, problemsOf, walk } from './check.ts'
import { documentOf } from './build.ts'
import { functionsAsData, layersAsData, sketchLayer } from './layers.ts'
import { sourceOf } from './python.ts'
import { drawing, type Draw } from './random-edits.ts'
import { readSource } from './source/read.ts'
import { editedCases, templateCases } from './testing.ts'

const layers = layersAsData()
const functions = functionsAsData()
const mostOf = (name: string): number =>
  [...layers, ...functions].find((kind) => kind.name === name)!.inputs.most ?? Infinity
const sets: readonly Flow[] = [{ shape: [1, 8] }, { shape: [1, 6, 8] }, { shape: [1, 8, 12, 12] }]

test.each([...layers, ...functions].map((kind) => [kind.name, kind] as const))(
  'a new %s starts with options that it allows',
  async (_, kind) => {
    for (const flow of sets) {
      const node = newNode(kind, layers.includes(kind), flow)
      const needed = kind.options.filter(({ required }) => required).map(({ name }) => name)
      expect(Object.keys(node.options)).toEqual(expect.arrayContaining(needed))
      if ('layer' in node)
        await onPaper(() => {
          sketchLayer({ ...node, id: 'new', inputs: ['x'] })
        })
    }
  },
)

test.each([
  ...[
    ['numbers', 'Linear'],
    ['numbers', 'BatchNorm1d'],
    ['numbers', 'LayerNorm'],
    ['numbers', 'ReLU'],
  ],
  ...[
    ['pixels', 'Conv2d'],
    ['pixels', 'BatchNorm2d'],
    ['pixels', 'MaxPool2d'],
    ['pixels', 'GroupNorm'],
  ],
  ...[
    ['tokens', 'Embedding'],
    ['pixels', 'AdaptiveAvgPool2d'],
    ['pixels', 'Unfold'],
    ['pixels', 'ZeroPad2d'],
  ],
])('behind %s a new %s fits at once', async (name, layer) => {
  const input = templateCases.flatMap(({ spec }) => documentOf(spec).inputs).find((one) => one.kind === name)!
  const kind = layers.find((one) => one.name === layer)!
  const node = newNode(kind, true, flowOfInput(input))
  const document: NetworkDocument = {
    inputs: [input],
    nodes: [{ ...node, id: 'new', inputs: [input.name] }],
    output: 'new',
  }
  expect(await problemsOf(document)).toEqual([])
})

/** Nodes that nobody took away stay, but for merges of several values of which one is left. */
function keeping(
  document: NetworkDocument,
  taken: readonly (string | null)[],
  edit: NetworkEdit,
): NetworkEdit {
  if ('refused' in edit) return edit
  const after = new Set(edit.document.nodes.map(({ id }) => id))
  const lost = document.nodes.filter(({ id }) => !after.has(id) && !taken.includes(id))
  expect(lost.filter(({ inputs }) => new Set(inputs).size < 2)).toEqual([])
  return edit
}

/** A square reads one value twice. */
const square = (document: NetworkDocument, from: string, draw: Draw): NetworkEdit => {
  const edit = insertedBehind(document, from, { op: draw(['mul', 'add']), options: {} })
  if ('refused' in edit) return edit
  const [id] = edit.chosen
  const twice = (node: NetworkNode) => (node.id === id ? { ...node, inputs: [from, from] } : node)
  return { ...edit, document: { ...edit.document, nodes: edit.document.nodes.map(twice) } }
}

async function anything(document: NetworkDocument, draw: Draw): Promise<NetworkEdit> {
  const ids = document.nodes.map(({ id }) => id)
  const names = [...ids, ...document.inputs.map(({ name }) => name)]
  const several = draw([
    ids.filter(() => draw([true, false, false])),
    ids.slice(0, draw([1, 2, 3, 4])),
    ids.slice(-draw([1, 2, 3, 4])),
    [draw(ids)],
    ids.filter((id) => isWithin(id, layerGroup(draw(ids)))),
  ])
  const edge = draw(edgesOf(document))
  const fresh = async (from: string): Promise<NewNode> => {
    const shape =
      graphProblems(document).length > 0
        ? null
        : await onPaper(() => walk(document).values.get(from)?.shape ?? null)
    const isLayer = draw([true, true, false])
    return newNode(draw(isLayer ? layers : functions), isLayer, { shape })
  }
  const to = draw([...ids, null])
  const most = to === null ? 1 : mostOf(kindName(document.nodes.find(({ id }) => id === to)!))
  const edits: (() => NetworkEdit | Promise<NetworkEdit>)[] = [
    async () => insertedOn(document, edge, await fresh(edge.from)),
    async () => insertedBehind(document, edge.from, await fresh(edge.from)),
    async () => branched(document, edge.from, await fresh(edge.from)),
    () => square(document, edge.from, draw),
    () => merged(document, [draw(names), draw(names), draw(names)], draw(merges)),
    () => residualAround(document, several),
    () => duplicated(document, several),
    () => keeping(document, several, removed(document, several)),
    () => keeping(document, [edge.to], disconnected(document, edge)),
    () => connected(document, draw(names), to, most),
    () => moved(document, draw(ids), draw(['earlier', 'later'])),
    () => movedTo(document, draw(ids), edge),
    () => grouped(document, several, draw(['block', 'head', '0', 'relu', 'train', 'Not so'])),
    () => ungrouped(document, layerGroup(draw(ids))),
  ]
  return draw(edits)()
}

async function walksSequences(sequences: number): Promise<void> {
  const draw = drawing(5)
  const seen = { done: 0, refused: new Set<string>(), fits: 0, misfits: 0 }
  for (let i = 0; i < sequences; i++) {
    let document = documentOf(draw(editedCases).spec)
    for (let left = draw([2, 4, 6, 8]); left > 0; left--) {
      const before = JSON.stringify(document)
      const edit = await anything(document, draw)
      expect(JSON.stringify(document)).toBe(before)
      if ('refused' in edit) {
        expect(edit.refused).toMatch(/^[A-Za-z“].{10,}[.]$/)
        seen.refused.add(edit.refused.replaceAll(/[\w.]*\d[\w.]*/g, '…'))
        continue
      }
      seen.done++
      document = edit.document
      expect(networkDocumentSchema.parse(document)).toEqual(document)
      expect(graphProblems(document)).toEqual([])
      const ids = document.nodes.map(({ id }) => id)
      expect(ids.filter((id) => ids.some((other) => isWithin(other, id)))).toEqual([])
      expect(edit.chosen.filter((id) => !ids.includes(id))).toEqual([])
    }
    const problems = await problemsOf(document)
    for (const { node, message } of problems) {
      expect(document.nodes.some(({ id }) => id === node)).toBe(true)
      expect(message.length).toBeGreaterThan(10)
    }
    if (problems.length > 0) {
      seen.misfits++
      continue
    }
    seen.fits++
    const source = await sourceOf(document)
    // What nothing reads yet may be unfinished: it is a comment.
    const isWhole = ({ id }: NetworkNode) => !source.includes(`# ${id}: `)
    const whole = { ...document, nodes: document.nodes.filter(isWhole) }
    expect(readSource(source, document.inputs).document, source).toEqual(whole)
    // The window finds each layer's line by its variable.
    const computed = whole.nodes.map(({ id }) => id)
    expect(linesOfNodes(source, document, computed)).toHaveLength(computed.length)
  }
  // It was no walk through refusals alone.
  expect(seen.done).toBeGreaterThan(2 * sequences)
  expect(seen.refused.size).toBeGreaterThan(15)
  expect(seen.fits).toBeGreaterThan(sequences / 10)
}

const steps = 'sequences of edits each step is sound, or refused with a sentence'
test(`of 60 ${steps}`, () => walksSequences(60), 300_000)
test(`of 200 ${steps}`, { tags: 'thorough', timeout: 300_000 }, () => walksSequences(200))

test('no layer can be called like what modules have', () => {
  class Bare extends nn.Module {
    override forward = (x: Tensor): Tensor => x
  }
  const names = new Set<string>()
  for (let at: object | null = new Bare(); at !== null; at = Object.getPrototypeOf(at) as object | null)
    for (const name of Object.getOwnPropertyNames(at)) names.add(toStateName(name))
  const possible = [...names].filter((name) => /^[a-z0-9_]+$/.test(name) && name in nn.Module.prototype)
  expect(possible.length).toBeGreaterThan(10)
  expect(possible.filter((name) => !isReserved(name))).toEqual([])
})
