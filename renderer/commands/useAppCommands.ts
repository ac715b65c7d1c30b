/** What can be done from anywhere: places, the recipe's history, the look, and help. */
import { useEventListener } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import { useRouter } from 'vue-router'
import { appCommandIds, appCommands, stepNames } from '../../electron/contract/index.ts'
import type { ProjectSummary } from '../../electron/contract/index.ts'
import { call } from '../api/client.ts'
import { desktop } from '../api/desktop.ts'
import { inspectorShown } from '../components/shell/layout.ts'
import { preferences } from '../lib/preferences.ts'
import { usePreferences } from '../stores/preferences.ts'
import { useSession } from '../stores/session.ts'
import { useTour } from '../stores/tour.ts'
import { useWorkspaceNotices } from '../stores/workspace-notices.ts'
import { strings } from '../strings/index.ts'
import { isMac } from './platform.ts'
import { isPossible, useCommands } from './registry.ts'
import type { Command } from './registry.ts'
import { isSingleKey, matches, mayFire, typingInto } from './shortcuts.ts'

const words = strings.shell.commands

const places = [...stepNames, 'compare'] as const

export function useAppCommands(): void {
  const commands = useCommands()
  const session = useSession()
  const wishes = usePreferences()
  const notices = useWorkspaceNotices()
  const tour = useTour()
  const router = useRouter()
  const projects = shallowRef<readonly ProjectSummary[]>([])

  const inProject = () => session.project !== null
  const steps = (): Command[] =>
    places.map((step, index) => ({
      id: `go.${step}`,
      label: words.goTo(strings.shell.steps[step]),
      group: 'steps',
      shortcut: String(index + 1),
      when: inProject,
      run: () => router.push({ name: step, params: { projectId: session.project?.id } }),
    }))
  const pages = (): Command[] => [
    {
      id: 'go.start',
      ...words.start,
      group: 'pages',

      run: () => router.push('/'),
    },
    {
      id: 'go.graph',
      label: strings.graph.page.command,
      words: strings.graph.page.commandWords,
      group: 'pages',
      when: inProject,
      run: () => router.push({ name: 'graph', params: { projectId: session.project?.id } }),
    },
    {
      id: 'go.search',
      label: strings.search.command,
      words: strings.search.commandWords,
      group: 'pages',
      when: inProject,
      run: () => router.push({ name: 'search', params: { projectId: session.project?.id } }),
    },
    {
      id: 'go.lab',
      label: strings.graph.lab.command,
      words: strings.graph.lab.commandWords,
      group: 'pages',
      run: () => router.push({ name: 'graph-lab' }),
    },
    {
      id: 'go.settings',
      ...words.settings,
      group: 'pages',
      shortcut: appCommands['go.settings'].shortcut,

      run: () => router.push({ name: 'settings' }),
    },
  ]
  const open = (): Command[] =>
    projects.value
      .filter(({ id }) => id !== session.project?.id)
      .map(({ id, name, step, fileName }) => ({
        id: `project.${id}`,
        label: words.open(name),
        group: 'projects',
        words: fileName ? [fileName] : [],
        run: () => router.push(`/projects/${id}/${step}`),
      }))
  const edit = (): Command[] => [
    {
      id: 'undo',
      label: words.undo,
      group: 'edit',
      shortcut: 'Mod+Z',
      when: () => session.project?.canUndo ?? false,
      run: () => session.undo(),
    },
    {
      id: 'redo',
      label: words.redo,
      group: 'edit',
      shortcut: 'Mod+Shift+Z',
      when: () => session.project?.canRedo ?? false,
      run: () => session.redo(),
    },
  ]
  const view = (): Command[] => [
    {
      id: 'palette',
      label: words.search,
      group: 'view',
      shortcut: appCommands.palette.shortcut,
      hidden: true,
      run: () => (commands.open = 'palette'),
    },
    {
      id: 'inspector',
      label: inspectorShown.value ? words.hideInspector : words.showInspector,
      group: 'view',
      shortcut: 'I',
      when: inProject,
      run: () => (inspectorShown.value = !inspectorShown.value),
    },
    {
      id: 'notices',
      label: words.notices,
      group: 'view',
      run: () => notices.look(),
    },
    ...preferences.theme.options.map(({ value, label }): Command => ({
      id: `theme.${value}`,
      label: strings.shell.theme(label.toLowerCase()),
      group: 'view',
      words: words.themeWords,
      when: () => wishes.values.theme !== value,
      run: () => wishes.set('theme', value),
    })),
  ]
  const help = (): Command[] => [
    {
      id: 'shortcuts',
      label: words.shortcuts,
      group: 'help',
      shortcut: appCommands.shortcuts.shortcut,
      run: () => (commands.open = 'shortcuts'),
    },
    {
      id: 'tour',
      ...strings.tour.command,
      group: 'help',
      when: () => !tour.opening,
      run: () => tour.start(),
    },
    {
      id: 'problem',
      label: words.problem.label,
      group: 'help',
      words: words.problem.words,
      run: () => router.push({ path: '/settings', query: { problem: '' } }),
    },
  ]
  commands.register(() => [...steps(), ...pages(), ...open(), ...edit(), ...view(), ...help()])

  desktop?.onCommand((id) => {
    const chosen = appCommandIds.find((known) => known === id)
    if (chosen) commands.run(chosen)
  })

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
