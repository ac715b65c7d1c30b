import { it } from 'vitest'
import { optimizerCases } from '../../fixtures/optimizers.ts'
import { replayCaptured } from '../../fixtures/replay-optimizers.ts'
import { onWebGPU, someOnSoftware } from './testing.ts'

/** One of each, on software some: what options change is held on the other backends. */
const kinds = optimizerCases.filter(({ name, schedules }) => !schedules && /^\w+$/.test(name))

onWebGPU('optimizers, captured, lead where PyTorch does', (open) => {
  it.each(someOnSoftware(kinds, 3))('$name', async (one) => replayCaptured(await open(), one))
})
