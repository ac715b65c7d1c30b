/** The guided tour: where it is. null: nobody takes it. */
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { call, toDescentError } from '../api/client.ts'
import { strings } from '../strings/index.ts'
import { stepOnPage, tourSample, tourSteps } from '../tour/steps.ts'
import { useNotices } from './notices.ts'
import { useSession } from './session.ts'
import { useTrain } from './train.ts'

const words = strings.tour

export const useTour = defineStore('tour', () => {
  const router = useRouter()
  const route = useRoute()
  const session = useSession()
  const train = useTrain()
  const notices = useNotices()
  const at = ref<number | null>(null)
  const opening = ref(false)
  /** The project that it shows. */
  let projectId = ''
  /** Runs that there were before it asked for one. */
  let before = 0

  const step = computed(() => (at.value === null ? null : (tourSteps[at.value] ?? null)))

  /** With a project of its own: what somebody has made of an earlier one is no place to begin. */
  async function start(): Promise<void> {
    if (opening.value) return
    opening.value = true
    try {
      const project = await call('projects.createFromSample', { sampleId: tourSample })
      projectId = project.id
      session.show(project)
      await router.push({ name: tourSteps[0]!.page, params: { projectId } })
      at.value = 0
    } catch (error) {
      notices.add('error', words.failed(toDescentError(error).message))
    } finally {
      opening.value = false
    }
  }
  async function goTo(index: number): Promise<void> {
    const next = tourSteps[index]
    if (!next) return end()
    at.value = index
    if (route.name !== next.page) await router.push({ name: next.page, params: { projectId } })
  }
  const next = () => goTo((at.value ?? 0) + 1)
  const back = () => goTo(Math.max(0, (at.value ?? 0) - 1))
  function end(): void {
    at.value = null
  }

  // Whoever goes by the rail or by a page's own button is followed; whoever leaves the project has left the tour.
  watch([() => route.name, () => route.params['projectId']], ([page, id]) => {
    if (at.value === null) return
    if (id !== projectId) end()
    else at.value = stepOnPage(typeof page === 'string' ? page : null, at.value)
  })
  watch(step, (now) => {
    if (now?.until === 'started') before = train.runs.length
  })
  watch(
    () => train.runs.length,
    (runs) => {
      if (step.value?.until === 'started' && runs > before) void next()
    },
  )
  return { at, step, opening, start, next, back, end }
})
