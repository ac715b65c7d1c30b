import type { BrowserWindow } from 'electron'
import { beforeEach, expect, test, vi } from 'vitest'
import { noActivity } from '../contract/index.ts'
import * as electron from './electron-stand-in.ts'
import { keepWorking, type WorkingWindow } from './keep-working.ts'

vi.mock('electron', () => import('./electron-stand-in.ts'))

const { app, dialog, powerMonitor, powerSaveBlocker, Tray } = electron
let window: electron.BrowserWindow
let working: WorkingWindow
let quits = 0

beforeEach(() => {
  window = new electron.BrowserWindow({})
  window.shown = true
  working = keepWorking(window as unknown as BrowserWindow, '/icon.png')
  dialog.questions.length = 0
  dialog.errors.length = 0
  Tray.all.length = 0
  powerSaveBlocker.kept.clear()
  quits = 0
  vi.spyOn(app, 'quit').mockImplementation(() => void quits++)
})

/** Whether it stays open, once the question has been answered by the button of this number. */
async function stays(button = 0): Promise<boolean> {
  dialog.button = button
  const event = electron.preventable({})
  window.emit('close', event)
  await new Promise((resolve) => setImmediate(resolve))
  return event.defaultPrevented
}

test('a window under which nothing trains closes without a question', async () => {
  expect(await stays()).toBe(false)
  working.tell({ trainings: 1, progress: 0 })
  working.tell(noActivity)
  expect(await stays()).toBe(false)
  expect(dialog.questions).toEqual([])
})

test('it is asked once, and what is trained goes on behind a symbol that brings the window back', async () => {
  working.tell({ trainings: 2, progress: 0.5 })
  window.emit('close', electron.preventable({}))
  expect(await stays(0)).toBe(true)
  expect(dialog.questions.map(({ message }) => message)).toEqual(['2 trainings are under way.'])
  expect([window.shown, quits, Tray.all.length]).toEqual([false, 0, 1])
  expect(Tray.all[0]!.text).toBe('Descent: 2 trainings under way, 50 %')
  working.tell(noActivity)
  expect(Tray.all[0]!.text).toBe('Descent: nothing is trained any more')
  Tray.all[0]!.emit('click')
  expect([window.shown, Tray.all[0]!.destroyed]).toEqual([true, true])
})

test('who stops quits, and is not asked again on the way; who cancels goes on', async () => {
  working.tell({ trainings: 1, progress: null })
  expect(await stays(2)).toBe(true)
  expect([window.shown, quits, Tray.all.length]).toEqual([true, 0, 0])
  expect(await stays(1)).toBe(true)
  expect(quits).toBe(1)
  expect(await stays()).toBe(false)
  expect(dialog.questions).toHaveLength(2)
})

test('a system that ends is not asked', async () => {
  working.tell({ trainings: 1, progress: null })
  powerMonitor.emit('shutdown')
  expect(await stays()).toBe(false)
  expect(dialog.questions).toEqual([])
})

test('the machine stays awake, and the task bar shows how far it is, as long as something trains', () => {
  working.tell({ trainings: 1, progress: null })
  working.tell({ trainings: 1, progress: 0.3 })
  expect([powerSaveBlocker.kept.size, window.progress]).toEqual([1, 0.3])
  working.tell(noActivity)
  expect([powerSaveBlocker.kept.size, window.progress]).toEqual([0, -1])
})

test('a page that crashed is loaded again, until it crashes again and again', () => {
  const crash = (reason: string) =>
    window.webContents.emit('render-process-gone', {}, { reason, exitCode: 5 })
  crash('clean-exit')
  expect(window.webContents.reloads).toBe(0)
  for (let i = 0; i < 3; i++) crash('crashed')
  expect([window.webContents.reloads, dialog.errors.length]).toEqual([3, 0])
  crash('oom')
  expect([window.webContents.reloads, dialog.errors.length]).toEqual([3, 1])
})
