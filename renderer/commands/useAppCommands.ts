/** What can be done from anywhere: places, the recipe's history, the look, and help. */
import { useEventListener } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import { useRouter } from 'vue-router'
import { stepNames } from '../../electron/contract/index.ts'
import type { ProjectSummary } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { inspectorShown } from '../components/shell/layout.ts'
import { topicFor, topicNames } from '../lib/help.ts'
import { preferences } from '../lib/preferences.ts'
import { useInspector } from '../stores/inspector.ts'
import { usePreferences } from '../stores/preferences.ts'
import { useSession } from '../stores/session.ts'
import { useWorkspaceNotices } from '../stores/workspace-notices.ts'
import { isMac } from './platform.ts'
import { isPossible, useCommands } from './registry.ts'
import type { Command } from './registry.ts'
import { isSingleKey, matches, mayFire, typingInto } from './shortcuts.ts'

const stepLabels = {
  data: 'Data',
  explore: 'Explore',
  prepare: 'Prepare',
  model: 'Model',
  train: 'Train',
  evaluate: 'Evaluate',
  deploy: 'Deploy',
  compare: 'Compare',
} as const
const places = [...stepNames, 'compare'] as const

export function useAppCommands(): void {
  const commands = useCommands()
  const session = useSession()
  const inspector = useInspector()
  const wishes = usePreferences()
  const notices = useWorkspaceNotices()
  const router = useRouter()
  const projects = shallowRef<readonly ProjectSummary[]>([])

  const inProject = () => session.project !== null
  const steps = (): Command[] =>
    places.map((step, index) => ({
      id: `go.${step}`,
      label: `Go to ${stepLabels[step]}`,
      group: 'Steps',
      shortcut: String(index + 1),
      when: inProject,
      run: () => router.push({ name: step, params: { projectId: session.project?.id } }),
    }))
  const pages = (): Command[] => [
    {
      id: 'go.start',
      label: 'All projects',
      group: 'Pages',
      words: ['home', 'start', 'new project', 'samples'],
      run: () => router.push('/'),
    },
    {
      id: 'go.settings',
      label: 'Settings',
      group: 'Pages',
      shortcut: 'Mod+,',
      words: ['preferences', 'options', 'limits', 'numbers'],
      run: () => router.push({ name: 'settings' }),
    },
  ]
  const open = (): Command[] =>
    projects.value
      .filter(({ id }) => id !== session.project?.id)
      .map(({ id, name, step, fileName }) => ({
        id: `project.${id}`,
        label: `Open ${name}`,
        group: 'Projects',
        words: fileName ? [fileName] : [],
        run: () => router.push(`/projects/${id}/${step}`),
      }))
  const edit = (): Command[] => [
    {
      id: 'undo',
      label: 'Undo',
      group: 'Edit',
      shortcut: 'Mod+Z',
      when: () => session.project?.canUndo ?? false,
      run: () => session.undo(),
    },
    {
      id: 'redo',
      label: 'Redo',
      group: 'Edit',
      shortcut: 'Mod+Shift+Z',
      when: () => session.project?.canRedo ?? false,
      run: () => session.redo(),
    },
  ]
  const view = (): Command[] => [
    {
      id: 'palette',
      label: 'Search commands',
      group: 'View',
      shortcut: 'Mod+K',
      hidden: true,
      run: () => (commands.open = 'palette'),
    },
    {
      id: 'inspector',
      label: inspectorShown.value ? 'Hide the inspector' : 'Show the inspector',
      group: 'View',
      shortcut: 'I',
      when: inProject,
      run: () => (inspectorShown.value = !inspectorShown.value),
    },
    {
      id: 'notices',
      label: 'Show notices about your files',
      group: 'View',
      run: () => notices.look(),
    },
    ...preferences.theme.options.map(({ value, label }): Command => ({
      id: `theme.${value}`,
      label: `Theme: ${label.toLowerCase()}`,
      group: 'View',
      words: ['appearance', 'color mode'],
      when: () => wishes.values.theme !== value,
      run: () => wishes.set('theme', value),
    })),
  ]
  const help = (): Command[] => [
    {
      id: 'shortcuts',
      label: 'Keyboard shortcuts',
      group: 'Help',
      shortcut: '?',
      run: () => (commands.open = 'shortcuts'),
    },
    // The inspector says it, which is beside a project.
    ...topicNames.map((name): Command => ({
      id: `help.${name}`,
      label: `Help: ${topicFor(name, session.recipe)?.title ?? name}`,
      group: 'Help',
      when: inProject,
      run: () => {
        inspectorShown.value = true
        inspector.point(name, true)
      },
    })),
  ]
  commands.register(() => [...steps(), ...pages(), ...open(), ...edit(), ...view(), ...help()])

  watch(
    () => commands.open === 'palette',
    async (opened) => {
      if (opened) projects.value = await call('projects.list', {}).catch(() => projects.value)
    },
  )

  useEventListener('keydown', (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return
    const focused = event.target instanceof HTMLElement ? event.target : null
    const typing = typingInto(focused as (HTMLElement & { type?: string }) | null)
    // A dialog has the keyboard to itself, but for the palette's own key.
    const inDialog = focused?.closest('[role=dialog],[role=alertdialog]') != null || commands.open !== null
    const found = commands.all.find(
      ({ shortcut, id, ...command }) =>
        shortcut !== undefined &&
        matches(event, shortcut, isMac) &&
        mayFire(shortcut, typing) &&
        (wishes.values.singleKeys === 'on' || !isSingleKey(shortcut)) &&
        (!inDialog || id === 'palette') &&
        isPossible({ id, ...command }),
    )
    if (!found) return
    event.preventDefault()
    void found.run()
  })
}
