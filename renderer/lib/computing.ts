/** What the settings of computing come to on this machine, in words. */
import { describeLimit } from '../../electron/contract/index.ts'
import type { AppInfo, ComputingInForce } from '../../electron/contract/index.ts'
import { isSoftware } from './device.ts'
import { formatCount, plural } from './format.ts'

type Devices = AppInfo['devices']
const gpuOf = (devices: Devices) => devices.find(({ backend }) => backend === 'webgpu')

/** `2 of 2 cores` */
export const threadsInWords = ({ threads, cores }: ComputingInForce): string =>
  `${formatCount(threads)} of ${plural(cores, 'core')}`

/** Why the GPU cannot be chosen; null where it can. */
export function whyNoGpu(devices: Devices): string | null {
  const gpu = gpuOf(devices)
  return gpu?.available ? null : `No GPU: ${gpu?.description ?? 'none was found.'}`
}

/** Where a recipe trains that leaves it to the machine. */
export function deviceInWords(devices: Devices, computing: ComputingInForce): string {
  const cpu = `the CPU, on ${threadsInWords(computing)}`
  const gpu = gpuOf(devices)
  const missing = whyNoGpu(devices)
  switch (computing.device) {
    case 'wasm':
      return `Now: ${cpu}.`
    case 'webgpu':
      return missing === null ? `Now: ${gpu?.description}.` : `Now: training is refused. ${missing}`
    case 'auto':
      if (missing !== null) return `Now: ${cpu}.`
      return isSoftware(gpu!)
        ? `Now: ${cpu}. The GPU here is slower: ${gpu!.description}.`
        : `Now: ${gpu!.description} where a step is expected to be quicker there, else ${cpu}.`
  }
}

/** A job's limit beside what the machine has. */
export function memoryInWords(limit: number, { memory }: ComputingInForce): string {
  const has = describeLimit('bytes', memory)
  return limit <= memory
    ? `Now: ${describeLimit('bytes', limit)} of this machine’s ${has}.`
    : `Now: more than this machine’s ${has}, which may run out first.`
}
