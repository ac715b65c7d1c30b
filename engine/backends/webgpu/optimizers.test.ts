import { it } from 'vitest'
import { optimizerCases } from '../../fixtures/optimizers.ts'
import { replayCaptured } from '../../fixtures/replay-optimizers.ts'
import { onWebGPU } from './testing.ts'

/** One of each: what options change is held on the other backends. */
const kinds = optimizerCases.filter(({ name, schedules }) => !schedules && /^\w+$/.test(name))

onWebGPU('optimizers, captured, lead where PyTorch does', (open) => {
  it.each(kinds)('$name', async (one) => replayCaptured(await open(), one))
})
