import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HostEvent } from '../../contract/index.ts'
import { openApp, type App } from '../app.ts'
import { backendFor, computingEnvironment, inForce, requireDevice, requireThreads } from './computing.ts'

describe('what is set, on a machine of eight cores', () => {
  it('is obeyed as far as there are cores; automatic is what the engine takes', () => {
    expect(inForce({}, 8, 4)).toEqual({ device: 'auto', threads: 4, cores: 8, memory: totalmem() })
    expect(inForce({ threads: 8 }, 8, 4).threads).toBe(8)
    expect(inForce({ threads: 16 }, 8, 4).threads).toBe(8)
  })
  it('refuses more threads than cores with a sentence', () => {
    expect(() => requireThreads({ threads: 9 }, 8)).toThrow(
      'This machine computes on at most 8 threads, one for each core; not 9.',
    )
    expect(() => requireThreads({ threads: 8 }, 8)).not.toThrow()
    expect(() => requireThreads({}, 8)).not.toThrow()
  })
  it('reaches processes as DESCENT_THREADS, and automatic leaves theirs alone', () => {
    expect(computingEnvironment({ threads: 1 })).toEqual({ DESCENT_THREADS: '1' })
    expect(computingEnvironment({})).toEqual({})
  })
})

describe('the device', () => {
  const gpu = (available: boolean) => async () => [
    { backend: 'webgpu', available, description: 'No driver.' } as const,
  ]
  it('is what auto means, and nothing else', () => {
    expect(backendFor('auto', {})).toBe('auto')
    expect(backendFor('auto', { device: 'wasm' })).toBe('wasm')
    expect(backendFor('reference', { device: 'wasm' })).toBe('reference')
  })
  it('is refused where it is not there', async () => {
    await expect(requireDevice({ device: 'webgpu' }, gpu(false))).rejects.toThrow(
      'There is no GPU that Descent can use here, which “Device” in Settings would ask for: No driver.',
    )
    await expect(requireDevice({ device: 'webgpu' }, gpu(true))).resolves.toBeUndefined()
    await expect(requireDevice({ device: 'wasm' }, gpu(false))).resolves.toBeUndefined()
  })
})

describe('a workspace', () => {
  let folder: string
  let app: App
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'descent-settings-'))
    app = await openApp(folder)
  })
  afterEach(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
    vi.unstubAllEnvs()
  })

  it('keeps each group by itself, and tells every window', async () => {
    const events: HostEvent[] = []
    app.onEvent((event) => events.push(event))
    const set = app.handlers['settings.set']
    await set({ limits: { columns: 300 } })
    expect(await set({ computing: { device: 'wasm', threads: 1 } })).toEqual({
      limits: { columns: 300 },
      computing: { device: 'wasm', threads: 1 },
      sources: {},
      retention: {},
    })
    expect(events).toEqual([{ type: 'settings.changed' }, { type: 'settings.changed' }])
    await app.close()
    app = await openApp(folder)
    expect((await app.handlers['settings.get']({})).computing).toEqual({ device: 'wasm', threads: 1 })
    const { computing, devices } = await app.handlers['app.info']({})
    expect(computing).toMatchObject({ device: 'wasm', threads: 1, cores: availableParallelism() })
    expect(devices[0]?.description).not.toContain('threads')
  })

  it('refuses threads that the machine has not got, and changes nothing', async () => {
    const threads = availableParallelism() + 1
    await expect(app.handlers['settings.set']({ computing: { threads } })).rejects.toThrow(`not ${threads}.`)
    expect((await app.handlers['settings.get']({})).computing).toEqual({})
  })
  // Elsewhere no variable hides the GPU.
  it.skipIf(process.platform !== 'linux')('that asks for a GPU trains on no other device', async () => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nonexistent')
    const set = app.handlers['settings.set']
    await expect(set({ computing: { device: 'webgpu' } })).rejects.toThrow(
      'There is no GPU that Descent can use',
    )
    // As a workspace from a machine with a GPU has it.
    app.context.store.db
      .prepare("INSERT INTO settings (name, value) VALUES ('computing', ?)")
      .run(JSON.stringify({ device: 'webgpu' }))
    const { id: projectId } = await app.handlers['projects.createFromSample']({ sampleId: 'churn' })
    const { id: runId } = await app.handlers['training.start']({ projectId })
    await expect
      .poll(async () => (await app.handlers['runs.get']({ runId })).error, { timeout: 30_000 })
      .toMatch('“Device” in Settings')
    expect((await app.handlers['runs.get']({ runId })).state).toBe('failed')
    // What else is set can still be changed.
    expect((await set({ computing: { device: 'webgpu', threads: 1 } })).computing.threads).toBe(1)
    expect((await set({ computing: {} })).computing).toEqual({})
  })
})
