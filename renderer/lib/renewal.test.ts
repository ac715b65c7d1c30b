import { expect, test } from 'vitest'
import { createMemoryHistory, createRouter, type RouteComponent } from 'vue-router'
import { renewForNewPages } from './renewal.ts'

const missing = new TypeError('Failed to fetch dynamically imported module: http://127.0.0.1/assets/a.js')

function windowWith(
  fetchPage: () => Promise<RouteComponent>,
  marks = new Map<string, string>(),
  build = 'one',
) {
  const reloads: string[] = []
  const told: string[] = []
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: { template: '' } },
      { path: '/page', component: fetchPage },
    ],
  })
  renewForNewPages(router, {
    marks: { getItem: (key) => marks.get(key) ?? null, setItem: (key, value) => void marks.set(key, value) },
    reload: (path) => void reloads.push(path),
    tell: () => void told.push(build),
    build,
  })
  const open = (path: string) => router.push(path).catch(() => undefined)
  return { open, reloads, told, marks }
}

test('a page that is opened and is not there renews the window at that page, once for each build', async () => {
  const { open, reloads, marks } = windowWith(() => Promise.reject(missing))
  await open('/page?run=1')
  expect(reloads).toEqual(['/page?run=1'])
  const same = windowWith(() => Promise.reject(missing), marks)
  await same.open('/page')
  expect(same.reloads).toEqual([])
  expect(same.told).toEqual(['one'])
  const newer = windowWith(() => Promise.reject(missing), marks, 'two')
  await newer.open('/page')
  expect(newer.reloads).toEqual(['/page'])
})

test('a page with a fault of its own renews nothing', async () => {
  const { open, reloads, told } = windowWith(() => Promise.reject(new Error('x is not a function')))
  await open('/page')
  expect([...reloads, ...told]).toEqual([])
})
