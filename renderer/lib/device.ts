/** The machine's devices in few words, for places with little room. */
import type { AppInfo, Backend, DeviceSetting } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { cutMiddle } from './format.ts'

const words = strings.shell.device

type Device = AppInfo['devices'][number]

/** A GPU in name only, which is slower than the CPU that plays it. */
export const isSoftware = ({ description }: Device): boolean => /software/i.test(description)

/** The fastest device that is there; `auto` may still choose the CPU for a small network. */
function fastestDevice(devices: readonly Device[]): Device | null {
  const present = devices.filter((one) => one.available)
  const gpu = present.some((one) => one.backend === 'webgpu' && !isSoftware(one))
  const order: Backend[] = gpu ? ['webgpu'] : ['wasm', 'webgpu', 'reference']
  return order.map((backend) => present.find((one) => one.backend === backend)).find(Boolean) ?? null
}

/** The one that Settings name, also where the machine has not got it; otherwise the fastest. */
export const deviceInForce = (devices: readonly Device[], wanted: DeviceSetting): Device | null =>
  wanted === 'auto' ? fastestDevice(devices) : (devices.find(({ backend }) => backend === wanted) ?? null)

/** `CPU · 2 threads`, `NVIDIA H100`: what tells devices apart; the rest is told on hover. */
export function shortDevice({ backend, available, description }: Device, threads: number): string {
  if (backend !== 'webgpu') return words.cpu(threads)
  if (!available) return words.noGpu
  const card = description.split(/,|\(/)[0]?.trim() ?? ''
  return cutMiddle(card || 'GPU', 24)
}
