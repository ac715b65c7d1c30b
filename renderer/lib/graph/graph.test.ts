import { describe, expect, it } from 'vitest'
import { curveThrough, middleOf } from './curve.ts'
import { boxSize, layoutOf } from './layout.ts'
import { structureOf } from './structure.ts'
import { chain } from './testing.ts'
import { aside, flowsOf, treeOf, type GroupItem, type Item } from './tree.ts'
import { groupsAround, visibleOf } from './visible.ts'
import { boxTowards } from './walk.ts'

const graph = chain(
  ['block.a', ['x', 'block.a.weight']],
  ['block.b', [0, 'block.b.weight']],
  ['block', [1, 'x']],
  ['', [2]],
)
const names = (items: readonly Item[]): string[] => items.map(({ id }) => id)
const none = (): boolean => false
const all = (): boolean => true
const sizeOf = ({ kind }: Item) => boxSize[kind]
const noPause = () => Promise.resolve()

describe('the structure of a graph', () => {
  it('is another for other operations, layers or ways between, however many there are', () => {
    const structure = structureOf(chain(['a', ['x']], ['a', [0]]))
    expect(structureOf(chain(['a', ['x']], ['a', [0]]))).toBe(structure)
    expect(structureOf(chain(['a', ['x']], ['b', [0]]))).not.toBe(structure)
    expect(structureOf(chain(['a', ['x']], ['a', ['x']]))).not.toBe(structure)
  })
})

describe('a graph as a tree', () => {
  const root = treeOf(graph)
  it('has modules inside modules, with their weights, in the order of computing', () => {
    expect(names(root.children)).toEqual(['v0', 'mblock', 'n3'])
    const block = root.children[1] as GroupItem
    expect(names(block.children)).toEqual(['mblock.a', 'mblock.b', 'n2'])
    expect(names((block.children[0] as GroupItem).children)).toEqual(['v1', 'n0'])
    expect([block.operations, block.parameters, block.name, block.path]).toEqual([3, 2, 'block', 'block'])
    expect(groupsAround(root, 'n0').map(({ id }) => id)).toEqual(['mblock', 'mblock.a'])
    expect(groupsAround(root, 'n3')).toEqual([])
  })
  it('has what belongs to no module beside what is computed around it', () => {
    const residual = chain(
      ['stem', ['x']],
      ['stage.0.conv', [0]],
      ['', [1]], // within block 0
      ['stage.0.last', [2]],
      ['', [3, 0]], // between blocks
      ['stage.1.conv', [4]],
      ['', [5]], // after all of them
      ['head', [6]],
    )
    const tree = treeOf(residual)
    expect(names(tree.children)).toEqual(['v0', 'mstem', 'mstage', 'n6', 'mhead'])
    const stage = tree.children[2] as GroupItem
    expect(names(stage.children)).toEqual(['mstage.0', 'n4', 'mstage.1'])
    expect(names((stage.children[0] as GroupItem).children)).toEqual(['mstage.0.conv', 'n2', 'mstage.0.last'])
    // No line leads back.
    const order = visibleOf<Item, unknown>(tree, ({ id }) => id === stage.id, flowsOf(residual))
    const at = new Map(order.boxes.map(({ id }, i) => [id, i]))
    for (const { from, to } of order.links) expect(at.get(to)!).toBeGreaterThan(at.get(from)!)
  })
  it('leaves out what no gradient flows through, with what only that reads', () => {
    const some = {
      ...graph,
      values: graph.values.map((v) => (v.producer === 0 ? { ...v, gradient: null } : v)),
    }
    expect([...aside(some).nodes]).toEqual([0])
    expect(names(treeOf(some, aside(some)).children)).toEqual(['mblock', 'v0', 'n3'])
    // An expression without variables is all there is.
    const still = { ...graph, values: graph.values.map((v) => ({ ...v, gradient: null })) }
    expect([aside(still).nodes.size, aside(still).values.size]).toEqual([0, 0])
    // A number that stands in the text already.
    const constant = {
      ...graph,
      values: graph.values.map((v) => (v.id === 0 ? { ...v, kind: 'constant' as const, gradient: null } : v)),
    }
    expect([...aside(constant).values]).toEqual([0])
    expect(names(treeOf(constant, aside(constant)).children)).toEqual(['mblock', 'n3'])
  })
  it('puts many operations in stretches', () => {
    const many = treeOf(chain(['', ['x']], ...Array.from({ length: 5000 }, (_, i) => ['', [i]] as const)))
    expect(many.children.length).toBeLessThanOrEqual(60)
    expect(many.operations).toBe(5001)
  })
})

describe('what is seen', () => {
  const root = treeOf(graph)
  it('is a closed group as one box, with all that goes in and out', () => {
    const { boxes, links, boxOf } = visibleOf<Item, unknown>(root, none, flowsOf(graph))
    expect(names(boxes)).toEqual(['v0', 'mblock', 'n3'])
    expect(links.map(({ id, edges }) => [id, edges.length])).toEqual([
      ['v0>mblock', 2],
      ['mblock>n3', 1],
    ])
    expect(boxOf.get('n0')).toBe('mblock')
  })
  it('is everything where all are open', () => {
    const { boxes, open, links } = visibleOf<Item, unknown>(root, all, flowsOf(graph))
    expect(names(boxes)).toEqual(['v0', 'v1', 'n0', 'v3', 'n1', 'n2', 'n3'])
    expect(open).toHaveLength(3)
    expect(links).toHaveLength(7)
  })
})

describe('the layout', () => {
  const root = treeOf(graph)
  it('puts every box inside its group, below what it is computed from, beside no other', async () => {
    const { links, boxes, open } = visibleOf<Item, unknown>(root, all, flowsOf(graph))
    const { places, width, height } = await layoutOf<Item>(root, all, links, sizeOf, noPause)
    for (const { from, to } of links) expect(places.get(to)!.y).toBeGreaterThan(places.get(from)!.y)
    for (const group of open) {
      const outer = places.get(group.id)!
      for (const child of group.children) {
        const inner = places.get(child.id)!
        expect(inner.x).toBeGreaterThanOrEqual(outer.x)
        expect(inner.y).toBeGreaterThanOrEqual(outer.y)
        expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width)
        expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height)
      }
    }
    for (const a of boxes)
      for (const b of boxes) {
        const [one, other] = [places.get(a.id)!, places.get(b.id)!]
        const apart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y
        expect(a === b || apart).toBe(true)
      }
    expect(width).toBeGreaterThan(0)
    expect(height).toBeGreaterThan(0)
  })
  it('leads a line around the boxes between its ends', async () => {
    const skip = chain(['', ['x']], ['', [0]], ['', [1]], ['', [2, 0]])
    const tree = treeOf(skip)
    const seen = visibleOf<Item, unknown>(tree, all, flowsOf(skip))
    const { places, ways } = await layoutOf<Item>(tree, all, seen.links, sizeOf, noPause)
    const way = ways.get('n0>n3')!
    expect(way.length).toBeGreaterThan(0)
    for (const { x, y } of way)
      for (const { id } of seen.boxes) {
        const rect = places.get(id)!
        const inside = x > rect.x && x < rect.x + rect.width && y > rect.y && y < rect.y + rect.height
        expect(inside).toBe(false)
      }
    const points = [{ x: 0, y: 0 }, { x: 5, y: 10 }, { x: 0, y: 20 }] // prettier-ignore
    expect(curveThrough(points)).toBe('M 0 0 C 0 5 5 5 5 10 C 5 15 0 15 0 20')
    expect(middleOf(points)).toEqual({ x: 2.5, y: 15 })
  })
  it('leads a line into a group around what it passes there', async () => {
    const block = chain(['stem', ['x']], ['block.a', [0]], ['block.b', [1]], ['block.sum', [2, 0]])
    const tree = treeOf(block)
    const seen = visibleOf<Item, unknown>(tree, ({ id }) => id === 'mblock', flowsOf(block))
    const { places, ways } = await layoutOf<Item>(
      tree,
      ({ id }) => id === 'mblock',
      seen.links,
      sizeOf,
      noPause,
    )
    const way = ways.get('mstem>mblock.sum')!
    expect(way.length).toBeGreaterThan(0)
    const [frame, passed] = [places.get('mblock')!, places.get('mblock.b')!]
    const beside = way.filter(({ y }) => y > passed.y && y < passed.y + passed.height)
    for (const { x } of [...beside, ...way]) {
      expect(x).toBeGreaterThanOrEqual(frame.x)
      expect(x).toBeLessThanOrEqual(frame.x + frame.width)
    }
    for (const { x } of beside) expect(x < passed.x || x > passed.x + passed.width).toBe(true)
    expect(beside.length).toBeGreaterThan(0)
  })
  it('of thousands of operations lets others have their turn', async () => {
    const many = chain(['', ['x']], ...Array.from({ length: 2000 }, (_, i) => [`l${i % 40}`, [i]] as const))
    const tree = treeOf(many)
    let pauses = 0
    const { places } = await layoutOf<Item>(
      tree,
      all,
      visibleOf<Item, unknown>(tree, all, flowsOf(many)).links,
      sizeOf,
      () => {
        pauses++
        return Promise.resolve()
      },
    )
    expect(pauses).toBeGreaterThan(3)
    expect(places.size).toBeGreaterThan(2000)
  })
  it('is walked along its lines and beside them', async () => {
    const { links, boxes } = visibleOf<Item, unknown>(root, all, flowsOf(graph))
    const { places } = await layoutOf<Item>(root, all, links, sizeOf, noPause)
    const ids = names(boxes)
    const go = (from: string, direction: 'up' | 'down' | 'left' | 'right') =>
      boxTowards(from, direction, links, places, ids)
    expect(go('n1', 'down')).toBe('n2')
    expect(go('n1', 'up')).not.toBeNull()
    expect(go('n3', 'down')).toBeNull()
    const left = go('n0', 'left')
    if (left !== null) expect(go(left, 'right')).toBe('n0')
    expect(go('gone', 'down')).toBeNull()
  })
})
