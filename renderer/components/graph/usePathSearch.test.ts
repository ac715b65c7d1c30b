import { effectScope, nextTick, shallowRef } from 'vue'
import { expect, it } from 'vitest'
import type { GradientPathInfo, GradientPaths } from '../../../electron/contract/index.ts'
import { chain } from '../../lib/graph/testing.ts'
import { usePathSearch } from './usePathSearch.ts'

const graph = chain(['', ['x']], ['', [0]])
const path = (product: number): GradientPathInfo => ({ steps: [], product })

/** A panel whose host answers when it is told to. */
function opened() {
  const of = shallowRef({ graph, value: 0 })
  const waiting: { element: number; answer: PromiseWithResolvers<GradientPaths> }[] = []
  const drawn: { path: GradientPathInfo | null } = { path: null }
  const panel = effectScope(true).run(() =>
    usePathSearch(
      () => of.value,
      (_, element) => {
        const answer = Promise.withResolvers<GradientPaths>()
        waiting.push({ element, answer })
        return answer.promise
      },
      (next) => {
        drawn.path = next
      },
    ),
  )!
  const answer = async (i: number, product: number): Promise<void> => {
    const { element, answer: promise } = waiting[i]!
    promise.resolve({
      value: of.value.value,
      element,
      paths: [path(product)],
      remainder: 0,
      complete: true,
      gradient: product,
    })
    await nextTick()
    await nextTick()
  }
  return { of, panel, drawn, answer }
}

it('shows nothing of one element under another', async () => {
  const { panel, drawn, answer } = opened()
  void panel.search()
  panel.element.value = 1
  expect(panel.finding.value).toBe(false)
  await answer(0, 10)
  expect([panel.found.value, drawn.path]).toEqual([null, null])
  void panel.search()
  await answer(1, 20)
  expect(panel.found.value).toMatchObject({ element: 1, gradient: 20 })
  expect(drawn.path).toEqual(path(20))
  // What is drawn of the old one goes as well.
  panel.element.value = 2
  expect([panel.found.value, drawn.path]).toEqual([null, null])
})

it('begins anew with another value, whose walk the drawn path outlasts', async () => {
  const { of, panel, drawn, answer } = opened()
  panel.element.value = 3
  void panel.search()
  await answer(0, 10)
  void panel.search()
  of.value = { graph, value: 1 }
  await nextTick()
  expect([panel.element.value, panel.found.value, panel.finding.value]).toEqual([0, null, false])
  expect(drawn.path).toEqual(path(10))
  await answer(1, 30)
  expect(panel.found.value).toBeNull()
  expect(drawn.path).toEqual(path(10))
})
