/** What can be done about a project that cannot be read, from wherever it is shown. */
import { ref } from 'vue'
import { call, toDescentError } from '../api/client.ts'
import { useNotices } from '../stores/notices.ts'

export function useDamagedProject() {
  const notices = useNotices()
  const undoing = ref<string | null>(null)

  /** True when the project can be read again; otherwise says why not. */
  async function undo(projectId: string): Promise<boolean> {
    undoing.value = projectId
    try {
      const { name } = await call('projects.undo', { projectId })
      notices.info(
        `“${name}” can be read again, as it was before its last change. Redo may bring that back too.`,
      )
      return true
    } catch (reason) {
      const { code, message } = toDescentError(reason)
      notices.add(
        'error',
        code === 'conflict'
          ? `${message} Open the project and import its file again, or delete it.`
          : code === 'damaged'
            ? 'The state before that cannot be read either. Undo once more, import the file again, or delete the project.'
            : message,
      )
      return false
    } finally {
      undoing.value = null
    }
  }
  async function remove(projectId: string, name: string): Promise<boolean> {
    const done = await notices.guard(() => call('projects.delete', { projectId }))
    if (done) notices.info(`“${name}” was deleted.`)
    return done !== null
  }
  return { undoing, undo, remove }
}
