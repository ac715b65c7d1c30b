/** Where the time of a training step goes, by kernel and by layer. */
import { z } from 'zod'
import { backendSchema } from './recipe.ts'

export const passSchema = z.enum(['forward', 'backward', 'optimizer'])
export type Pass = z.infer<typeof passSchema>

export const kernelProfileSchema = z.object({
  /** Kind and sizes, such as `matmul 64×784×256` (rows × inner × columns). */
  kernel: z.string(),
  /** The operations fused into it. */
  ops: z.array(z.string()).readonly(),
  /** What it computes for: a module's name in its network and its class, and the pass. */
  parts: z.array(z.object({ layer: z.string(), type: z.string(), pass: passSchema })).readonly(),
  milliseconds: z.number(),
  /** Of the time of all kernels, 0 to 1. */
  share: z.number(),
  /** 10⁹ floating-point operations a second; null where there are none, or no time was measurable. */
  gflops: z.number().nullable(),
  /** 10⁹ bytes a second; null as above. */
  gbps: z.number().nullable(),
})
export type KernelProfile = z.infer<typeof kernelProfileSchema>

export const layerProfileSchema = z.object({
  layer: z.string(),
  type: z.string(),
  /** Milliseconds; a kernel that computes for several layers counts to each in equal parts. */
  forward: z.number(),
  backward: z.number(),
  optimizer: z.number(),
  milliseconds: z.number(),
  /** Of the time of all kernels, 0 to 1. */
  share: z.number(),
})
export type LayerProfile = z.infer<typeof layerProfileSchema>

export const stepProfileSchema = z.object({
  /** Unix milliseconds. */
  measuredAt: z.int(),
  backend: backendSchema,
  device: z.string(),
  /** Examples in the step that was measured. */
  batchSize: z.int(),
  /** Runs of the step of which each time is the median. */
  steps: z.int(),
  /** `host`: each kernel's time includes starting it and waiting for it. */
  clock: z.enum(['device', 'host']),
  /** One step as it usually runs. */
  stepMilliseconds: z.number(),
  /** Sum over the kernels, one at a time. */
  kernelMilliseconds: z.number(),
  /** In the order in which they run. */
  kernels: z.array(kernelProfileSchema).readonly(),
  /** In the order of the forward pass. */
  layers: z.array(layerProfileSchema).readonly(),
})
export type StepProfile = z.infer<typeof stepProfileSchema>
