/** What each term means, as commands. The inspector says it, which is beside a project; every definition there is comes with it. */
import { onScopeDispose } from 'vue'
import { inspectorShown } from '../components/shell/layout.ts'
import { topicFor, topicNames } from '../lib/help.ts'
import { useInspector } from '../stores/inspector.ts'
import { useSession } from '../stores/session.ts'
import { strings } from '../strings/index.ts'
import { useCommands } from './registry.ts'
import type { Command } from './registry.ts'

const words = strings.shell.commands

export function useHelpCommands(): void {
  const session = useSession()
  const inspector = useInspector()
  const forget = useCommands().explain(() =>
    topicNames.map((name): Command => ({
      id: `help.${name}`,
      label: words.help(topicFor(name, session.recipe)?.title ?? name),
      group: 'help',
      when: () => session.project !== null,
      run: () => {
        inspectorShown.value = true
        inspector.point(name, true)
      },
    })),
  )
  onScopeDispose(forget)
}
