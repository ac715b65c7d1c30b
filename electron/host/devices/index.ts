/** Which devices this machine can train on. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { deviceInfoSchema, type Computing } from '../../contract/index.ts'
import { computingEnvironment } from '../settings/computing.ts'

type Devices = z.infer<typeof deviceInfoSchema>[]

const program = fileURLToPath(new URL('./probe.ts', import.meta.url))
/** A graphics driver that hangs must not hold up the window. */
const patienceMs = 30_000

/** By the number of threads, which a device's name tells. */
const probed = new Map<string, Promise<Devices>>()

/**
 * Asks once, in a process of its own, with the settings of those that will compute: a driver that crashes must not take
 * the host and its database along.
 */
export function probeDevices(computing: Computing): Promise<Devices> {
  const environment = computingEnvironment(computing)
  const key = JSON.stringify(environment)
  const devices = probed.get(key) ?? askForDevices({ ...process.env, ...environment })
  probed.set(key, devices)
  return devices
}

const askForDevices = (env: NodeJS.ProcessEnv): Promise<Devices> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program], { timeout: patienceMs, env }, (error, stdout) =>
      resolve(devicesSaid(error, stdout)),
    )
  })

/** What the process said; without an answer of its own the CPU is there, and why nothing else is. */
export function devicesSaid(
  error: { readonly killed?: boolean | undefined } | null,
  stdout: string,
): Devices {
  const said = error === null ? answerIn(stdout) : null
  if (said !== null) return said
  const why = error?.killed
    ? `gave no answer within ${patienceMs / 1000} s`
    : error
      ? 'crashed'
      : 'ended without an answer'
  return [
    { backend: 'wasm', available: true, description: 'CPU (WebAssembly SIMD)' },
    {
      backend: 'webgpu',
      available: false,
      description: `The graphics driver ${why} when it was asked for its devices.`,
    },
  ]
}

/** A driver may end its process in the middle of a word, and not call that an error. */
function answerIn(stdout: string): Devices | null {
  try {
    return z.array(deviceInfoSchema).parse(JSON.parse(stdout))
  } catch {
    return null
  }
}
