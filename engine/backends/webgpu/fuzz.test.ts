import { expect, it } from 'vitest'
import { disagreements } from '../../compiler/fuzz.ts'
import { onWebGPU, takesAll } from './testing.ts'

onWebGPU('Random programs', (open) => {
  it('agree between WebGPU and the reference', async () => {
    const gpu = await open()
    try {
      expect(await disagreements(gpu, takesAll ? '1:120' : '1:40')).toBe('')
    } finally {
      gpu.close()
    }
  }, 120_000)
})
