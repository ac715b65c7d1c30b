/** The machine's devices in few words, for places with little room. */
import type { AppInfo, Backend } from '../../electron/contract/index.ts'
import { cutMiddle, plural } from './format.ts'

type Device = AppInfo['devices'][number]

/** The fastest device that is there; `auto` may still choose the CPU for a small network. */
export function fastestDevice(devices: readonly Device[]): Device | null {
  const present = devices.filter((one) => one.available)
  // A GPU in name only is slower than the CPU that plays it.
  const gpu = present.some((one) => one.backend === 'webgpu' && !/software/i.test(one.description))
  const order: Backend[] = gpu ? ['webgpu'] : ['wasm', 'webgpu', 'reference']
  return order.map((backend) => present.find((one) => one.backend === backend)).find(Boolean) ?? null
}

/** `CPU · 2 threads`, `NVIDIA H100`: what tells devices apart; the rest is told on hover. */
export function shortDevice({ backend, description }: Device): string {
  if (backend !== 'webgpu') {
    const threads = /(\d+) threads?/.exec(description)?.[1]
    return threads === undefined ? 'CPU' : `CPU · ${plural(Number(threads), 'thread')}`
  }
  const card = description.split(/,|\(/)[0]?.trim() ?? ''
  return cutMiddle(card || 'GPU', 24)
}
