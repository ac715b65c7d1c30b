/** Where a step is faster, from what it asks for and what the devices give. Pure; measuring is in speed.ts. */

/** What one step asks for. */
export interface StepWork {
  /** Floating-point operations in products and convolutions. */
  readonly flops: number
  /** Read and written by everything else. */
  readonly bytes: number
  /** Kernels it runs. */
  readonly kernels: number
}

/** What a device gives, in seconds. */
export interface DeviceSpeed {
  /** For a step to start, in a queue that is full. */
  readonly step: number
  /** For a kernel that does next to nothing. */
  readonly kernel: number
  readonly perFlop: number
  readonly perByte: number
}

/** Seconds that a step takes. */
export const predictTime = (work: StepWork, speed: DeviceSpeed): number =>
  speed.step + work.kernels * speed.kernel + work.flops * speed.perFlop + work.bytes * speed.perByte

/** A draw goes to the CPU: its memory is cheaper, and it is there at once. */
export const isFasterOnGpu = (work: StepWork, cpu: DeviceSpeed, gpu: DeviceSpeed): boolean =>
  predictTime(work, gpu) < predictTime(work, cpu)

/** One thread of an older laptop. */
const slowCpu: DeviceSpeed = { step: 1e-6, kernel: 0.5e-6, perFlop: 1 / 15e9, perByte: 1 / 4e9 }

/** A GPU that computes in no time: only handing over is left, at what it costs on Dawn, where a kernel is seldom below 2 µs. */
const endlessGpu: DeviceSpeed = { step: 50e-6, kernel: 2e-6, perFlop: 0, perByte: 0 }

/** Whether a step is so small that no GPU can be faster than this CPU: then nobody need look for one. */
export const isForCpu = (work: StepWork, cpu: DeviceSpeed = slowCpu): boolean =>
  !isFasterOnGpu(work, cpu, endlessGpu)
