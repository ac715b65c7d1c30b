import { expect, test } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useStaged } from './useStaged.ts'

/** Three panels, and the tasks that they have asked for. */
function page(ready: () => boolean) {
  const tasks: (() => void)[] = []
  const scope = effectScope()
  const staged = scope.run(() => useStaged(ready, 3, (run) => tasks.push(run)))!
  return {
    staged,
    tasks,
    leave: () => scope.stop(),
    step: () => tasks.shift()?.(),
    seen: () => [0, 1, 2].filter(staged.has),
  }
}

test('one panel comes per task, from the top on, once there is something to show', async () => {
  const ready = ref(false)
  const { staged, tasks, step, seen } = page(() => ready.value)
  expect(tasks).toEqual([])
  ready.value = true
  await nextTick()
  for (const panels of [[0], [0, 1], [0, 1, 2]]) {
    expect(tasks.length).toBe(1)
    step()
    expect([seen(), staged.done.value]).toEqual([panels, panels.length === 3])
  }
  expect(tasks).toEqual([])
})

test('panels that have come stay, and those that have not wait while there is nothing to show', async () => {
  const ready = ref(true)
  const { tasks, step, seen } = page(() => ready.value)
  step()
  ready.value = false
  await nextTick()
  step()
  expect([seen(), tasks.length]).toEqual([[0], 0])
  ready.value = true
  await nextTick()
  step()
  expect(seen()).toEqual([0, 1])
})

test('a page that is left asks for nothing more', () => {
  const { tasks, leave, step, seen } = page(() => true)
  step()
  leave()
  step()
  expect([seen(), tasks.length]).toEqual([[0], 0])
})
