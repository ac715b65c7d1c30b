/** How much memory tensors take. Source: torch.cuda.memory_allocated and its like, for every device. */
import type { Device } from '../backends/device.ts'
import { defaultDevice } from './default-device.ts'

/** Bytes in use by tensors and compiled steps, as rounded up for them. Source: torch.cuda.memory_allocated. */
export const memoryAllocated = (device: Device = defaultDevice()): number => device.memory.stats.allocated

/** The most bytes that were in use at once since it was last reset. Source: torch.cuda.max_memory_allocated. */
export const maxMemoryAllocated = (device: Device = defaultDevice()): number =>
  device.memory.stats.maxAllocated

/** `maxMemoryAllocated` counts from here on. Source: torch.cuda.reset_peak_memory_stats. */
export const resetPeakMemoryStats = (device: Device = defaultDevice()): void => device.memory.resetPeak()
