/**
 * What processes that compute are given: one definition each, from which come the form, the bounds and the start value.
 * How much memory a job may take is a limit, see limits.ts.
 */
import { z } from 'zod'

export const devicesToChoose = ['auto', 'wasm', 'webgpu'] as const
export type DeviceSetting = (typeof devicesToChoose)[number]

export const computing = {
  device: {
    label: 'Device',
    help: 'Where a recipe trains whose backend is auto. A recipe that names its backend keeps it; runs that go on, and trained models, stay with the device they were trained on.',
    options: [
      { value: 'auto', label: 'Auto' },
      { value: 'wasm', label: 'CPU' },
      { value: 'webgpu', label: 'GPU' },
    ],
    start: 'auto',
  },
  threads: {
    label: 'CPU threads',
    help: 'How many threads a process computes with on the CPU. Fewer leave cores to other programs; results stay the same.',
    least: 1,
    /** Whatever the machine; each machine takes no more than its own cores. */
    most: 256,
  },
} as const satisfies {
  device: {
    readonly label: string
    readonly help: string
    readonly options: readonly { readonly value: DeviceSetting; readonly label: string }[]
    readonly start: DeviceSetting
  }
  threads: { readonly label: string; readonly help: string; readonly least: number; readonly most: number }
}

/** What a workspace sets; what is absent is automatic. */
export const computingSchema = z
  .strictObject({
    device: z.enum(devicesToChoose),
    threads: z.int().min(computing.threads.least).max(computing.threads.most),
  })
  .partial()
export type Computing = z.infer<typeof computingSchema>

/** What holds on this machine now. */
export const computingInForceSchema = z.object({
  device: z.enum(devicesToChoose),
  threads: z.int(),
  /** As the system counts them: a core that runs two threads at once is two. */
  cores: z.int(),
  /** Bytes that the machine has. */
  memory: z.number(),
})
export type ComputingInForce = z.infer<typeof computingInForceSchema>
