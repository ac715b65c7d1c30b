/** Words for the project's task. */
import { computed } from 'vue'
import { useSession } from '../stores/session.ts'

export function useTask() {
  const session = useSession()
  const task = computed(() => session.recipe?.task ?? null)
  const taskHint = computed(() => {
    switch (task.value) {
      case 'classification':
        return 'A category: the task is classification.'
      case 'regression':
        return 'A number: the task is regression.'
      case null:
        return 'The target decides the task.'
    }
  })
  return { task, taskHint }
}
