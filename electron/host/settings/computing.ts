/** What the workspace's settings of computing mean on this machine. */
import { availableParallelism, totalmem } from 'node:os'
import { usualThreads } from '../../../engine/node.ts'
import { DescentError } from '../../contract/index.ts'
import type { AppInfo, Backend, Computing, ComputingInForce } from '../../contract/index.ts'

/** A workspace that comes from a larger machine asks for more threads than this one has cores. */
export function inForce(
  { device = 'auto', threads }: Computing,
  cores: number = availableParallelism(),
  usual: number = usualThreads(),
): ComputingInForce {
  return {
    device,
    threads: threads === undefined ? usual : Math.min(threads, cores),
    cores,
    memory: totalmem(),
  }
}

/** For trainers and workers. Automatic adds nothing, so that what the host was started with holds. */
export const computingEnvironment = (computing: Computing): Readonly<Record<string, string>> =>
  computing.threads === undefined ? {} : { DESCENT_THREADS: String(inForce(computing).threads) }

/** What a recipe's backend means here. */
export const backendFor = (backend: Backend, { device = 'auto' }: Computing): Backend =>
  backend === 'auto' ? device : backend

export function requireThreads({ threads }: Computing, cores: number = availableParallelism()): void {
  if (threads !== undefined && threads > cores)
    throw new DescentError(
      'badRequest',
      `This machine computes on at most ${cores} threads, one for each core; not ${threads}.`,
      'computing.threads',
    )
}

/** Errors: a sentence that says why, where the GPU is set and this machine has none. */
export async function requireDevice(
  { device }: Computing,
  devices: () => Promise<AppInfo['devices']>,
): Promise<void> {
  if (device !== 'webgpu') return
  const gpu = (await devices()).find(({ backend }) => backend === device)
  if (gpu?.available) return
  throw new DescentError(
    'unavailable',
    `There is no GPU that Descent can use here, which “Device” in Settings would ask for: ${gpu?.description ?? 'none was found.'}`,
    'computing.device',
  )
}
