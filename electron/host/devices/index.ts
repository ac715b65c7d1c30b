/** Which devices this machine can train on. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { deviceInfoSchema } from '../../contract/index.ts'

const program = fileURLToPath(new URL('./probe.ts', import.meta.url))
/** A graphics driver that hangs must not hold up the window. */
const patienceMs = 30_000

let probed: Promise<z.infer<typeof deviceInfoSchema>[]> | null = null

/** Asks once, in a process of its own: a driver that crashes must not take the host and its database along. */
export function probeDevices(): Promise<z.infer<typeof deviceInfoSchema>[]> {
  probed ??= new Promise((resolve) => {
    execFile(process.execPath, [program], { timeout: patienceMs }, (error, stdout) => {
      if (!error) return resolve(z.array(deviceInfoSchema).parse(JSON.parse(stdout)))
      const why = error.killed ? `gave no answer within ${patienceMs / 1000} s` : 'crashed'
      resolve([
        { backend: 'wasm', available: true, description: 'CPU (WebAssembly SIMD)' },
        {
          backend: 'webgpu',
          available: false,
          description: `The graphics driver ${why} when it was asked for its devices.`,
        },
      ])
    })
  })
  return probed
}
