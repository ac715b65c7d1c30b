/** What is seen of a network's document, what is chosen in it, and what can be done to that. */
import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import {
  branched,
  commonGroup,
  connected,
  disconnected,
  duplicated,
  flowOfInput,
  grouped,
  insertedBehind,
  insertedOn,
  kindName,
  merged,
  moved,
  neededBy,
  newNode,
  refused,
  removed,
  residualAround,
  ungrouped,
} from '../../../../electron/contract/index.ts'
import type {
  Flow,
  Merge,
  ModelSummary,
  NetworkDocument,
  NetworkEdge,
  NetworkEdit,
  NodeKind,
} from '../../../../electron/contract/index.ts'
import { layoutOf, type Layout } from '../../../lib/graph/layout.ts'
import { visibleOf, type Visible } from '../../../lib/graph/visible.ts'
import { useModel } from '../../../stores/model.ts'
import { strings } from '../../../strings/index.ts'
import {
  groupId,
  holdsOnly,
  networkFlows,
  networkTree,
  openAtFirst,
  outputId,
  type NetworkItem,
} from './network-tree.ts'

const words = strings.model.canvas

const boxSize = { width: 232, height: 54 }
const endSize = { width: 184, height: 44 }
const sizeOf = ({ kind }: NetworkItem) => (kind === 'input' || kind === 'output' ? endSize : boxSize)

/** Where a new layer goes. */
export type Place =
  | { readonly how: 'behind'; readonly from: string }
  | { readonly how: 'branch'; readonly from: string }
  | { readonly how: 'edge'; readonly edge: NetworkEdge }

interface Arranged extends Layout {
  readonly visible: Visible<NetworkItem, NetworkEdge>
}

/** `key`: of another network the groups open anew. */
export function useNetworkCanvas(
  document: ComputedRef<NetworkDocument>,
  summary: ComputedRef<ModelSummary>,
  key: ComputedRef<string>,
) {
  const store = useModel()
  const tree = computed(() => networkTree(document.value))
  const open = shallowRef<ReadonlySet<string>>(new Set())
  watch(
    key,
    () => {
      open.value = openAtFirst(tree.value)
    },
    { immediate: true },
  )
  const isOpen = ({ id }: { readonly id: string }): boolean => open.value.has(id)
  const visible = computed(() =>
    visibleOf<NetworkItem, NetworkEdge>(tree.value, isOpen, networkFlows(document.value)),
  )
  const arranged = shallowRef<Arranged | null>(null)
  let turn = 0
  watch(
    visible,
    async (seen) => {
      const mine = ++turn
      const layout = await layoutOf<NetworkItem>(tree.value, isOpen, seen.links, sizeOf)
      if (mine === turn) arranged.value = { visible: seen, ...layout }
    },
    { immediate: true },
  )
  function toggle(group: { readonly id: string }): void {
    const next = new Set(open.value)
    if (!next.delete(group.id)) next.add(group.id)
    open.value = next
  }
  function openAll(opened: boolean): void {
    const all = new Set<string>()
    const note = (item: NetworkItem): void => {
      if (item.kind !== 'group') return
      all.add(item.id)
      item.children.forEach(note)
    }
    if (opened) tree.value.children.forEach(note)
    open.value = all
  }

  // ---- what is known of the layers ----

  const layers = computed(() => new Map(summary.value.layers.map((layer) => [layer.name, layer])))
  const problems = computed(() => {
    const found = new Map<string, string[]>()
    for (const { node, message } of summary.value.problems)
      if (node !== null) found.set(node, [...(found.get(node) ?? []), message])
    return found
  })
  const needed = computed(() => neededBy(document.value))
  /** What flows out of a layer or input; null: nobody knows. */
  const shapeOf = (id: string): readonly (number | 'N')[] | null => {
    const input = document.value.inputs.find(({ name }) => name === id)
    if (input) return ['N', ...flowOfInput(input).shape.slice(1)]
    return layers.value.get(id)?.outputShape ?? null
  }
  const flowOf = (id: string): Flow => {
    const input = document.value.inputs.find(({ name }) => name === id)
    if (input) return flowOfInput(input)
    const shape = layers.value.get(id)?.outputShape
    return { shape: shape ? shape.map((extent) => (extent === 'N' ? 1 : extent)) : null }
  }

  // ---- what is chosen ----

  /** The box where one stands: the output is no layer. */
  const stand = ref<string | null>(null)
  const chosenBoxes = computed((): readonly string[] => {
    const boxes = [...new Set(store.chosen.flatMap((id) => visible.value.boxOf.get(id) ?? []))]
    const at = stand.value
    if (at === null || !visible.value.boxOf.has(at)) return boxes
    const isChosen = boxes.includes(at) || at === outputId
    return isChosen ? [...boxes.filter((box) => box !== at), at] : boxes
  })
  const itemOf = (box: string): NetworkItem | undefined => visible.value.boxes.find(({ id }) => id === box)
  const idsOf = (box: string): readonly string[] => {
    const item = itemOf(box)
    if (item?.kind === 'group') return item.layers
    return item === undefined || item.kind === 'output' ? [] : [item.id]
  }
  function choose(box: string, more: boolean): void {
    stand.value = box
    const ids = idsOf(box)
    const before = more ? store.chosen : []
    const isChosen = ids.length > 0 && ids.every((id) => before.includes(id))
    const others = before.filter((id) => !ids.includes(id))
    store.choose(isChosen ? others : [...others, ...ids])
  }
  function chooseAll(boxes: readonly string[]): void {
    stand.value = boxes.at(-1) ?? null
    store.choose(boxes.flatMap(idsOf))
  }
  /** The layers among what is chosen. */
  const chosenLayers = computed(() =>
    store.chosen.filter((id) => document.value.nodes.some((node) => node.id === id)),
  )
  /** Inside which all of them are, where they are all of it. */
  const chosenGroup = computed(() => {
    const path = commonGroup(chosenLayers.value)
    return chosenLayers.value.length > 0 && holdsOnly(document.value, path, chosenLayers.value) ? path : ''
  })

  // ---- edits ----

  /** How many values it takes; null: nobody knows yet. */
  const inputsOf = (id: string): number | null => {
    const node = document.value.nodes.find((one) => one.id === id)
    const kinds = [...store.kinds.layers, ...store.kinds.functions]
    if (kinds.length === 0) return null
    const kind = node && kinds.find(({ name }) => name === kindName(node))
    return kind?.inputs.most ?? Infinity
  }
  const target = (box: string): string | null => (box === outputId ? null : box)
  const apply = (edit: (document: NetworkDocument) => NetworkEdit): boolean => {
    const isDone = store.apply(edit)
    if (isDone) stand.value = store.chosen.at(-1) ?? null
    return isDone
  }
  function add(place: Place, kind: NodeKind): boolean {
    const from = place.how === 'edge' ? place.edge.from : place.from
    const node = newNode(kind, store.kinds.layers.includes(kind), flowOf(from))
    if (place.how === 'edge') return apply((now) => insertedOn(now, place.edge, node))
    return apply((now) => (place.how === 'behind' ? insertedBehind : branched)(now, from, node))
  }
  /** A new group is one box. */
  function group(name: string): boolean {
    const around = commonGroup(chosenLayers.value)
    const path = around === '' ? name : `${around}.${name}`
    const isDone = apply((now) => grouped(now, chosenLayers.value, name))
    if (isDone) stand.value = groupId(path)
    return isDone
  }
  return {
    tree,
    visible,
    arranged,
    isOpen,
    toggle,
    openAll,
    layers,
    problems,
    needed,
    shapeOf,
    chosenBoxes,
    chosenLayers,
    chosenGroup,
    choose,
    chooseAll,
    add,
    group,
    ungroup: () => apply((now) => ungrouped(now, chosenGroup.value)),
    merge: (how: Merge) => apply((now) => merged(now, store.chosen, how)),
    residual: () => apply((now) => residualAround(now, chosenLayers.value)),
    duplicate: () => apply((now) => duplicated(now, chosenLayers.value)),
    remove: () => apply((now) => removed(now, chosenLayers.value)),
    move: (where: 'earlier' | 'later') => apply((now) => moved(now, chosenLayers.value.at(-1) ?? '', where)),
    connect: (from: string, box: string) =>
      apply((now) => {
        const most = inputsOf(box)
        return most === null ? refused(words.kindsUnknown) : connected(now, from, target(box), most)
      }),
    disconnect: (edge: NetworkEdge) => apply((now) => disconnected(now, edge)),
  }
}
export type NetworkCanvasState = ReturnType<typeof useNetworkCanvas>
