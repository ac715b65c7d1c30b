/** What is seen of a graph and where one stands in it: groups, layout, steps, the chosen box, the shown path. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { ComputationGraph, GradientPathInfo, GraphEdgeInfo } from '../../../electron/contract/index.ts'
import { boxSize, layoutOf, smallBoxSize, type Layout } from '../../lib/graph/layout.ts'
import { aside, flowsOf, opId, treeOf, valueId, type GroupItem, type Item } from '../../lib/graph/tree.ts'
import { structureOf } from '../../lib/graph/structure.ts'
import { groupsAround, visibleOf, type Visible } from '../../lib/graph/visible.ts'
import { valuesOf } from '../../lib/graph/words.ts'

export type Mode = 'forward' | 'backward'

interface Arranged extends Layout {
  /** The one that the boxes are of: a new graph is arranged a moment after it has come. */
  readonly graph: ComputationGraph
  readonly visible: Visible<Item, GraphEdgeInfo>
}

/** So few are seen at once, without opening anything. */
const mostOpen = 24

export interface GraphState {
  readonly graph: ComputedRef<ComputationGraph>
  readonly mode: Ref<Mode>
  /** Whether what no gradient flows through is shown. */
  readonly withAside: Ref<boolean>
  readonly asideCount: ComputedRef<number>
  readonly arranged: Ref<Arranged | null>
  readonly chosen: Ref<string | null>
  readonly chosenItem: ComputedRef<Item | null>
  /** Operations and closed groups, in the order of the direction. */
  readonly order: ComputedRef<readonly Item[]>
  /** Place of the chosen box in the order; −1 before the first step. */
  readonly at: ComputedRef<number>
  readonly stepping: Ref<boolean>
  readonly path: Ref<GradientPathInfo | null>
  /** Boxes and links of the path that is shown. */
  readonly onPath: ComputedRef<{ readonly boxes: ReadonlySet<string>; readonly links: ReadonlySet<string> }>
  isOpen(group: GroupItem): boolean
  toggle(group: GroupItem): void
  openAll(open: boolean): void
  choose(id: string | null): void
  /** Chooses an operation or value, opening nothing: the box it is seen in. */
  chooseValue(value: number): void
  step(by: 1 | -1): void
  begin(): void
}

export function useGraph(graph: ComputedRef<ComputationGraph>): GraphState {
  const mode = ref<Mode>('forward')
  const withAside = ref(false)
  const open = shallowRef<ReadonlySet<string>>(new Set())
  const arranged = shallowRef<Arranged | null>(null)
  const chosen = ref<string | null>(null)
  const stepping = ref(false)
  const path = shallowRef<GradientPathInfo | null>(null)

  const away = computed(() => aside(graph.value))
  const tree = computed(() => treeOf(graph.value, withAside.value ? undefined : away.value))
  const sizes = computed(() =>
    graph.value.values.every(({ shape }) => shape.length === 0) ? smallBoxSize : boxSize,
  )
  const isOpen = (group: Pick<GroupItem, 'id'>): boolean => open.value.has(group.id)
  const flows = computed(() => flowsOf(graph.value))
  const visible = computed(() => visibleOf<Item, GraphEdgeInfo>(tree.value, isOpen, flows.value))

  const items = computed(() => {
    const found = new Map<string, Item>()
    const add = (item: Item): void => {
      found.set(item.id, item)
      if (item.kind === 'group') item.children.forEach(add)
    }
    tree.value.children.forEach(add)
    return found
  })
  const chosenItem = computed(() => (chosen.value === null ? null : (items.value.get(chosen.value) ?? null)))

  // A new graph begins closed; a single group, or what is small anyway, opens.
  let shape = ''
  watch(
    graph,
    () => {
      const next = structureOf(graph.value)
      path.value = null
      if (next === shape) return
      shape = next
      stepping.value = false
      const { children } = tree.value
      const groups = children.filter((child) => child.kind === 'group')
      const few = children.length + groups.reduce((sum, group) => sum + group.children.length, 0)
      open.value = new Set(
        groups.length === 1 || few <= mostOpen
          ? groups.filter(({ name }) => name !== null).map(({ id }) => id)
          : [],
      )
      chosen.value = null
    },
    { immediate: true },
  )

  let turn = 0
  watch(
    visible,
    async (seen) => {
      const mine = ++turn
      const of = graph.value
      const layout = await layoutOf<Item>(tree.value, isOpen, seen.links, ({ kind }) => sizes.value[kind])
      if (mine !== turn) return
      arranged.value = { graph: of, visible: seen, ...layout }
      // What was chosen may be inside a group that was closed.
      if (chosen.value !== null && !layout.places.has(chosen.value))
        chosen.value = seen.boxOf.get(chosen.value) ?? null
    },
    { immediate: true },
  )

  const order = computed(() => {
    const computing = visible.value.boxes.filter(({ kind }) => kind !== 'value')
    return mode.value === 'forward' ? computing : computing.toReversed()
  })
  const at = computed(() => order.value.findIndex(({ id }) => id === chosen.value))

  const producedBy = (value: number): string => {
    const producer = valuesOf(graph.value).get(value)?.producer
    return producer === null || producer === undefined ? valueId(value) : opId(producer)
  }
  const onPath = computed(() => {
    const boxes = new Set<string>()
    const links = new Set<string>()
    for (const { from, node } of path.value?.steps ?? []) {
      const { boxOf } = visible.value
      const [a, b] = [boxOf.get(producedBy(from)), boxOf.get(opId(node))]
      if (a === undefined || b === undefined) continue
      boxes.add(a).add(b)
      links.add(`${a}>${b}`)
    }
    return { boxes, links }
  })

  function toggle(group: GroupItem): void {
    const next = new Set(open.value)
    if (next.delete(group.id)) {
      // Groups inside are closed as well when it is opened again.
      for (const id of [...next]) if (groupsAround(tree.value, id).includes(group)) next.delete(id)
    } else next.add(group.id)
    open.value = next
    // The first thing inside, or the group itself once it is closed.
    chosen.value = next.has(group.id) ? (group.children[0]?.id ?? null) : group.id
  }
  function openAll(opened: boolean): void {
    open.value = new Set(
      opened ? [...items.value.values()].filter(({ kind }) => kind === 'group').map(({ id }) => id) : [],
    )
  }
  function step(by: 1 | -1): void {
    stepping.value = true
    const next = at.value === -1 ? (by === 1 ? 0 : -1) : at.value + by
    const item = order.value[next]
    if (item) chosen.value = item.id
  }
  function begin(): void {
    stepping.value = true
    chosen.value = order.value[0]?.id ?? null
  }
  return {
    graph,
    mode,
    withAside,
    asideCount: computed(() => away.value.nodes.size + away.value.values.size),
    arranged,
    chosen,
    chosenItem,
    order,
    at,
    stepping,
    path,
    onPath,
    isOpen,
    toggle,
    openAll,
    choose: (id) => {
      chosen.value = id
    },
    chooseValue: (value) => {
      chosen.value = visible.value.boxOf.get(producedBy(value)) ?? chosen.value
    },
    step,
    begin,
  }
}
