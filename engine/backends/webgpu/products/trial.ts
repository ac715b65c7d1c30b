/** One product in memory of its own, to be timed in one way after another. */
import type { Plan } from '../../../compiler/kernel.ts'
import type { BoundProgram, Device, DeviceBuffer, Executable } from '../../device.ts'
import { someNumbers } from '../../some-numbers.ts'
import { planProducts, type PlannedProducts } from '../contract.ts'
import type { Trial } from './tuner.ts'
import { variantName, type Variant } from './variant.ts'

/** plan: of one product, see Tuner. null: there is no memory for it. */
export function beginTrial(
  device: Device,
  plan: Plan,
  build: (planned: PlannedProducts) => Executable,
): Trial | null {
  const buffers: DeviceBuffer[] = []
  const free = (): void => buffers.forEach((buffer) => buffer.free())
  try {
    for (const { elements, dtype } of plan.slots) buffers.push(device.allocate(elements, dtype))
  } catch (error) {
    free()
    if (error instanceof RangeError) return null
    throw error
  }
  for (const buffer of buffers.slice(0, plan.inputs)) device.write(buffer, someNumbers(buffer.elements))
  const bound = new Map<string, BoundProgram>()
  const warm = new Set<BoundProgram>()
  const programOf = (variant: Variant): BoundProgram => {
    const name = variantName(variant)
    let program = bound.get(name)
    if (!program)
      bound.set(name, (program = build(planProducts(plan, { choose: () => variant })).bind(buffers)))
    return program
  }
  return {
    prepare: (variants) => variants.forEach(programOf),
    async time(variant) {
      const program = programOf(variant)
      // The first run finds the caches cold.
      if (!warm.has(program)) await program.profile()
      warm.add(program)
      const { kernels } = await program.profile()
      return kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    },
    release(): void {
      for (const program of bound.values()) program.release()
      free()
    },
  }
}
