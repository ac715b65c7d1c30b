import { ref } from 'vue'
import { expect, it } from 'vitest'
import { DescentError } from '../../electron/contract/index.ts'
import { createResource } from './resource.ts'

/** A host that answers when it is told to. */
function slowHost() {
  const waiting: { projectId: string; signal: AbortSignal; answer: PromiseWithResolvers<string> }[] = []
  return {
    waiting,
    fetch: (projectId: string, signal: AbortSignal) => {
      const answer = Promise.withResolvers<string>()
      waiting.push({ projectId, signal, answer })
      return answer.promise
    },
  }
}
const settled = () => new Promise((resolve) => setTimeout(resolve))

function opened() {
  const project = ref<string | null>('a')
  const host = slowHost()
  return { project, host, resource: createResource(() => project.value, host.fetch) }
}

it('shows nothing of one project under the name of another, though nothing new is fetched', async () => {
  const { project, host, resource } = opened()
  resource.ensure('1')
  host.waiting[0]!.answer.resolve('profile of a')
  await settled()
  expect(resource.data).toBe('profile of a')
  project.value = 'empty'
  expect(resource.data).toBeNull()
  project.value = 'a'
  expect(resource.data).toBe('profile of a')
  resource.ensure('1')
  expect(host.waiting).toHaveLength(1)
})

it('drops what comes late for another project', async () => {
  const { project, host, resource } = opened()
  resource.ensure('1')
  project.value = 'b'
  expect(resource.loading).toBe(false)
  host.waiting[0]!.answer.resolve('profile of a')
  await settled()
  expect(resource.data).toBeNull()
  resource.ensure('1')
  expect(host.waiting.map(({ projectId }) => projectId)).toEqual(['a', 'b'])
  host.waiting[1]!.answer.resolve('profile of b')
  await settled()
  expect(resource.data).toBe('profile of b')
})

it('keeps the failure of one project to itself', async () => {
  const { project, host, resource } = opened()
  resource.ensure('1')
  project.value = 'b'
  resource.ensure('1')
  expect(host.waiting[0]!.signal.aborted).toBe(true)
  host.waiting[0]!.answer.reject(new DescentError('badData', 'No.'))
  await settled()
  expect([resource.error, resource.loading]).toEqual([null, true])
  host.waiting[1]!.answer.reject(new DescentError('cancelled', 'Ended.'))
  await settled()
  expect([resource.error, resource.cancelled]).toEqual([null, true])
  project.value = 'a'
  expect(resource.cancelled).toBe(false)
})
