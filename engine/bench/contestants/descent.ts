import { join } from 'node:path'
import { listDevices } from '../../index.ts'
import type { Contestant } from './protocol.ts'

export const descent = (backend: 'wasm' | 'webgpu'): Contestant => ({
  name: `descent ${backend}`,
  ours: true,
  launch: async () => {
    const info = (await listDevices()).find((device) => device.backend === backend)
    return info?.available
      ? { command: process.execPath, args: [join(import.meta.dirname, 'descent-worker.ts'), backend] }
      : { missing: info?.description ?? 'no such backend' }
  },
})
