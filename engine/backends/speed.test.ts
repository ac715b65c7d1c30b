import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isFasterOnGpu, type DeviceSpeed } from './choice.ts'
import { openDevice } from './open.ts'
import { measureSpeed, readSpeeds, speedOf, withSpeed } from './speed.ts'
import { createWasmDevice } from './wasm/device.ts'
import { onWebGPU } from './webgpu/testing.ts'

const speed: DeviceSpeed = { step: 0, kernel: 1e-6, perFlop: 1e-9, perByte: 1e-9 }

function expectPlausible({ step, kernel, perFlop, perByte }: DeviceSpeed): void {
  for (const seconds of [step, kernel]) {
    expect(seconds).toBeGreaterThanOrEqual(0)
    expect(seconds).toBeLessThan(1)
  }
  // From a thousand operations a second to a million billions.
  for (const seconds of [perFlop, perByte]) {
    expect(seconds).toBeGreaterThan(1e-15)
    expect(seconds).toBeLessThan(1e-3)
  }
}

describe('Kept speeds', () => {
  it('come back as they were, beside what was there', () => {
    const text = withSpeed(withSpeed(null, 'a', speed), 'b', { ...speed, step: 5 })
    expect(readSpeeds(text)).toEqual({ a: speed, b: { ...speed, step: 5 } })
  })

  it('are forgotten where they are damaged or make no sense', () => {
    expect(readSpeeds('{"a": {"step"')).toEqual({})
    expect(readSpeeds('[1]')).toEqual({})
    const negative = JSON.stringify({ a: { ...speed, kernel: -1 }, b: speed, c: null })
    expect(Object.keys(readSpeeds(negative))).toEqual(['b'])
  })

  it('are those of the last sixteen devices', () => {
    let text: string | null = null
    for (let i = 0; i < 20; i++) text = withSpeed(text, `device ${i}`, speed)
    const kept = Object.keys(readSpeeds(text))
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([16, 'device 4', 'device 19'])
  })
})

describe('Measuring', () => {
  it('happens once for a device and then never again, in this process or the next', async () => {
    let text: string | null = null
    const store = {
      load: () => Promise.resolve(text),
      update: (change: (text: string | null) => string) => Promise.resolve(void (text = change(text))),
    }
    let opened = 0
    const open = () => {
      opened++
      return Promise.resolve(createWasmDevice({ threads: 1 }))
    }
    const first = await speedOf('CPU for this test', store, open)
    expectPlausible(first)
    expect(await speedOf('CPU for this test', null, open)).toEqual(first)
    const [key] = Object.keys(readSpeeds(text))
    expect(key).toContain('CPU for this test')
    text = withSpeed(text, key!.replace('this', 'another'), speed)
    expect(await speedOf('CPU for another test', store, open)).toEqual(speed)
    expect(opened).toBe(1)
  })
})

onWebGPU('A GPU', (open) => {
  it('is measured like the CPU, and both speeds decide', async () => {
    const gpu = await open()
    const cpu = createWasmDevice({ threads: 1 })
    // Nothing but kernels: handing each over to a queue cannot be quicker than calling it. A machine that is busy with
    // other things may measure so once, but not again and again.
    let [onGpu, onCpu] = [await measureSpeed(gpu), await measureSpeed(cpu)]
    const kernelsOnly = { flops: 0, bytes: 0, kernels: 1e6 }
    for (let i = 0; i < 4 && isFasterOnGpu(kernelsOnly, onCpu, onGpu); i++)
      [onGpu, onCpu] = [await measureSpeed(gpu), await measureSpeed(cpu)]
    const { software } = gpu
    gpu.close()
    cpu.close()
    expectPlausible(onGpu)
    expectPlausible(onCpu)
    expect(isFasterOnGpu(kernelsOnly, onCpu, onGpu)).toBe(false)
    const auto = await openDevice('auto', { work: { flops: 1e12, bytes: 1e9, kernels: 1 } })
    expect(auto.backend === 'wasm' || !software).toBe(true)
    auto.close()
  })
})

it('A machine without a GPU computes on the CPU, and nothing complains of it', () => {
  const script = `
    import { openDevice } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
    const device = await openDevice('auto', { work: { flops: 1e12, bytes: 1e9, kernels: 1 } })
    console.log(device.backend)
    process.exit()`
  const env = { ...process.env }
  delete env['VK_ICD_FILENAMES']
  delete env['VK_DRIVER_FILES']
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env,
    timeout: 30_000,
  })
  expect(stdout.trim()).toMatch(
    globSync('/dev/{dri/renderD*,nvidia[0-9]*}').length > 0 ? /wasm|webgpu/ : /wasm/,
  )
  expect(stderr).not.toContain('vkCreateInstance')
})
