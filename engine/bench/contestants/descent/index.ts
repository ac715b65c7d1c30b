import { join } from 'node:path'
import { listDevices } from '../../../index.ts'
import { trainingFlags } from '../../../node.ts'
import type { Contestant } from '../protocol.ts'

/** `threads`: of the WebAssembly backend; undefined leaves the choice to it. */
export const descent = (backend: 'wasm' | 'webgpu', threads?: string): Contestant => ({
  name: `descent ${backend}`,
  ours: true,
  // Only a GPU runs by itself what it was handed, and only there are products of less precision.
  kinds: [
    ...(['train', 'inference', 'op', 'dispatch', 'data-path', 'roofline'] as const),
    ...(backend === 'webgpu' ? (['encode', 'reduced-op'] as const) : []),
  ],
  launch: async () => {
    const info = (await listDevices()).find((device) => device.backend === backend)
    return info?.available
      ? {
          command: process.execPath,
          args: [...trainingFlags, join(import.meta.dirname, 'worker.ts'), backend, threads ?? ''],
        }
      : { missing: info?.description ?? 'no such backend' }
  },
})
