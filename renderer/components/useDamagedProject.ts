/** What can be done about a project that cannot be read, from wherever it is shown. */
import { ref } from 'vue'
import { call, toDescentError } from '../api/client.ts'
import { useNotices } from '../stores/notices.ts'
import { strings } from '../strings/index.ts'

const words = strings.shell.damaged.notices

export function useDamagedProject() {
  const notices = useNotices()
  const undoing = ref<string | null>(null)

  /** True when the project can be read again; otherwise says why not. */
  async function undo(projectId: string): Promise<boolean> {
    undoing.value = projectId
    try {
      const { name } = await call('projects.undo', { projectId })
      notices.info(words.readAgain(name))
      return true
    } catch (reason) {
      const { code, message } = toDescentError(reason)
      notices.add(
        'error',
        code === 'conflict' ? words.conflict(message) : code === 'damaged' ? words.stillDamaged : message,
      )
      return false
    } finally {
      undoing.value = null
    }
  }
  async function remove(projectId: string, name: string): Promise<boolean> {
    const done = await notices.guard(() => call('projects.delete', { projectId }))
    if (done) notices.info(words.deleted(name))
    return done !== null
  }
  return { undoing, undo, remove }
}
