/** Two networks node by node: which stayed, which have other options or inputs, which are in one of them alone. */
import { isLayer, type NetworkDiff, type NetworkDocument, type NetworkNode } from '../../contract/index.ts'

const typeOf = (node: NetworkNode): string => (isLayer(node) ? node.layer : node.op)

/** What is said of a node by the names of what can be set of it. */
function settingsOf(node: NetworkNode): Map<string, string> {
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
  return new Map([
    ...Object.entries(node.options).map(([name, value]) => [name, text(value)] as const),
    ...(isLayer(node) && node.init ? [['init', text(node.init)] as const] : []),
  ])
}

/** The longest run of places at which both sides say the same, as pairs of places. */
function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i]![j] =
        a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length;)
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++
    else j++
  return pairs
}

/** Nodes of the same name and type belong together; of what is left, those of the same type in the same order. */
function pairsOf(first: readonly NetworkNode[], second: readonly NetworkNode[]): Map<number, number> {
  const byName = new Map(second.map((node, place) => [`${node.id} ${typeOf(node)}`, place]))
  const pairs = new Map<number, number>()
  first.forEach((node, place) => {
    const other = byName.get(`${node.id} ${typeOf(node)}`)
    if (other !== undefined) pairs.set(place, other)
  })
  const taken = new Set(pairs.values())
  const left = [...first.keys()].filter((place) => !pairs.has(place))
  const right = [...second.keys()].filter((place) => !taken.has(place))
  const common = longestCommon(
    left.map((place) => typeOf(first[place]!)),
    right.map((place) => typeOf(second[place]!)),
  )
  for (const [i, j] of common) pairs.set(left[i]!, right[j]!)
  return pairs
}

export function diffNetworks(first: NetworkDocument, second: NetworkDocument): NetworkDiff {
  const pairs = pairsOf(first.nodes, second.nodes)
  const partners = new Map([...pairs].map(([a, b]) => [first.nodes[a]!.id, second.nodes[b]!.id]))
  const taken = new Set(pairs.values())
  const nodes: NetworkDiff['nodes'] = []
  /** Where those of the second that the first lacks stand: behind the one they follow there. */
  let shown = 0
  const addUpTo = (place: number): void => {
    for (; shown < place; shown++) {
      const node = second.nodes[shown]!
      if (!taken.has(shown))
        nodes.push({ is: 'added', first: null, second: node.id, type: typeOf(node), differences: [] })
    }
  }
  first.nodes.forEach((node, place) => {
    const at = pairs.get(place)
    if (at === undefined) {
      nodes.push({ is: 'removed', first: node.id, second: null, type: typeOf(node), differences: [] })
      return
    }
    addUpTo(at)
    const other = second.nodes[at]!
    const [a, b] = [settingsOf(node), settingsOf(other)]
    const differences = [...new Set([...a.keys(), ...b.keys()])].flatMap((name) =>
      a.get(name) === b.get(name) ? [] : [{ name, first: a.get(name) ?? null, second: b.get(name) ?? null }],
    )
    // Inputs that go by other names there are the same ones.
    const renamed = node.inputs.map((name) => partners.get(name) ?? name)
    if (renamed.join() !== other.inputs.join())
      differences.push({ name: 'inputs', first: node.inputs.join(', '), second: other.inputs.join(', ') })
    nodes.push({
      is: differences.length === 0 ? 'same' : 'changed',
      first: node.id,
      second: other.id,
      type: typeOf(node),
      differences,
    })
  })
  addUpTo(second.nodes.length)
  return { nodes }
}
