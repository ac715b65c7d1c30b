/** The one list of what can be done: the palette, the shortcuts, their dialog and the top bar's buttons come from it. */
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowReactive } from 'vue'

export const commandGroups = ['page', 'steps', 'pages', 'projects', 'edit', 'view', 'help'] as const
export type CommandGroup = (typeof commandGroups)[number]

export interface Command {
  readonly id: string
  /** A verb and its object, or a place. */
  readonly label: string
  readonly group: CommandGroup
  /** As in shortcuts.ts: `Mod+Z`. */
  readonly shortcut?: string
  /** Other words that people look for it by. */
  readonly words?: readonly string[]
  /** Absent: always possible. */
  readonly when?: () => boolean
  /** Not worth a line in the palette, e.g. the palette itself. */
  readonly hidden?: boolean
  readonly run: () => unknown
}

export const isPossible = (command: Command): boolean => command.when?.() ?? true

export const useCommands = defineStore('commands', () => {
  type Source = () => readonly Command[]
  const sources = shallowReactive(new Map<symbol, Source>())
  const explanations = shallowReactive(new Map<symbol, Source>())
  /** What came last stands first: the page before the app. What only explains stands behind all that does something. */
  const all = computed<readonly Command[]>(() =>
    [...[...sources.values()].reverse(), ...explanations.values()].flatMap((source) => source()),
  )
  const byId = computed(() => new Map(all.value.map((command) => [command.id, command])))
  /** Which of the two dialogs is open. */
  const open = ref<'palette' | 'shortcuts' | null>(null)

  function registerIn(place: Map<symbol, Source>, source: Source): () => void {
    const key = Symbol()
    place.set(key, source)
    return () => void place.delete(key)
  }
  const register = (source: Source): (() => void) => registerIn(sources, source)
  const explain = (source: Source): (() => void) => registerIn(explanations, source)
  function run(id: string): void {
    const command = byId.value.get(id)
    if (command && isPossible(command)) void command.run()
  }
  return { all, byId, open, register, explain, run }
})

/** While the component that calls it is mounted, its commands are there. */
export function usePageCommands(source: () => readonly Omit<Command, 'group'>[]): void {
  const forget = useCommands().register(() =>
    source().map((command) => ({ ...command, group: 'page' as const })),
  )
  onScopeDispose(forget)
}
