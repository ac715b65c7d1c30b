/** What the settings of computing come to on this machine, in words. */
import { describeLimit } from '../../electron/contract/index.ts'
import type { AppInfo, ComputingInForce } from '../../electron/contract/index.ts'
import { strings } from '../strings/index.ts'
import { isSoftware } from './device.ts'

const words = strings.settings.computing.inForce

type Devices = AppInfo['devices']
const gpuOf = (devices: Devices) => devices.find(({ backend }) => backend === 'webgpu')

/** `2 of 2 cores` */
export const threadsInWords = ({ threads, cores }: ComputingInForce): string => words.threads(threads, cores)

/** Why the GPU cannot be chosen; null where it can. */
export function whyNoGpu(devices: Devices): string | null {
  const gpu = gpuOf(devices)
  return gpu?.available ? null : words.noGpu(gpu?.description ?? words.none)
}

/** Where a recipe trains that leaves it to the machine. */
export function deviceInWords(devices: Devices, computing: ComputingInForce): string {
  const cpu = words.cpu(threadsInWords(computing))
  const gpu = gpuOf(devices)
  const missing = whyNoGpu(devices)
  switch (computing.device) {
    case 'wasm':
      return words.now(cpu)
    case 'webgpu':
      return missing === null ? words.now(gpu!.description) : words.refused(missing)
    case 'auto':
      if (missing !== null) return words.now(cpu)
      return isSoftware(gpu!)
        ? words.slowerGpu(cpu, gpu!.description)
        : words.quickerGpu(gpu!.description, cpu)
  }
}

/** A job's limit beside what the machine has. */
export function memoryInWords(limit: number, { memory }: ComputingInForce): string {
  const has = describeLimit('bytes', memory)
  return limit <= memory ? words.memory(describeLimit('bytes', limit), has) : words.tooMuch(has)
}
