/** Random programs on a device against the reference. FUZZ=first:count runs other seeds. */
import type { Device, DeviceBuffer } from '../backends/device.ts'
import { createReferenceDevice } from '../backends/reference/device.ts'
import { excess } from '../fixtures/excess.ts'
import { castArray, toLanes, type TypedArray } from '../tensor/dtype.ts'
import { numel } from '../tensor/shape.ts'
import { randomProgram, type RandomProgram } from './random-program.ts'

const reference = createReferenceDevice()

/** Outputs, then the inputs as the program left them. Runs twice, so that what a run leaves behind shows. */
async function run({ program, inputs }: RandomProgram, device: Device): Promise<TypedArray[]> {
  const memory = inputs.map(({ values, dtype }) => device.allocate(values.length, dtype))
  const executable = device.compile(program)
  const outputs = program.outputs.map((o, i): DeviceBuffer | null =>
    executable.aliases[i] === null ? device.allocate(numel(o.shape), o.dtype) : null,
  )
  const bound = executable.bind([...memory, ...outputs])
  for (let time = 0; time < 2; time++) {
    inputs.forEach(({ values, dtype }, i) => device.write(memory[i]!, toLanes(castArray(dtype, values))))
    bound.run()
  }
  bound.release()
  const results = program.outputs.map((o, i) =>
    device.read(outputs[i] ?? memory[executable.aliases[i]!]!, o.dtype),
  )
  const state = inputs.map(({ dtype }, i) => device.read(memory[i]!, dtype))
  const all = await Promise.all([...results, ...state])
  for (const buffer of [...memory, ...outputs]) buffer?.free()
  return all
}

async function difference(seed: number, device: Device): Promise<string | null> {
  const random = randomProgram(seed)
  const [actual, expected] = [await run(random, device), await run(random, reference)]
  const { updates } = random.program
  const tolerances = [
    ...random.tolerances,
    ...random.inputs.map((_, slot) => {
      const by = updates.indexOf(slot)
      return by < 0 ? 0 : random.tolerances[by]!
    }),
  ]
  for (const [i, values] of actual.entries()) {
    const worst = excess(values, expected[i]!, tolerances[i]!, 1e-6)
    if (worst > 0) return `seed ${seed}: result ${i} is off by ${worst} more than ${tolerances[i]}`
  }
  return null
}

/** What differed, for the first few seeds; empty where all agree. */
export async function disagreements(device: Device, defaultSeeds: string): Promise<string> {
  const [first, count] = (process.env['FUZZ'] ?? defaultSeeds).split(':').map(Number) as [number, number]
  const failures: string[] = []
  for (let seed = first; seed < first + count; seed++) {
    const failure = await difference(seed, device).catch((error: unknown) => `seed ${seed}: ${String(error)}`)
    if (failure) failures.push(failure)
  }
  return failures.slice(0, 10).join('\n')
}
