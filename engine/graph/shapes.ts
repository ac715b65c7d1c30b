/** What comes out of a module, by its shape rule: forward itself, of tensors that nobody computes. */
import { createReferenceDevice } from '../backends/reference/device.ts'
import type { DType } from '../tensor/dtype.ts'
import { withDevice } from '../tensor/default-device.ts'
import { noGrad } from '../tensor/grad-mode.ts'
import { zeros } from '../functions/creation.ts'
import type { AnyModule } from '../nn/module.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { tensorsIn } from './trace.ts'

/** An extent; 'N' is one that is not known yet, such as the batch's. */
export type Extent = number | 'N'
export interface DescribedTensor {
  readonly shape: readonly Extent[]
  /** float32 where nothing is said. */
  readonly dtype?: DType
}

/** A device of its own, whose generator is no one else's, so that weights can be asked for without drawing from it. */
const paper = createReferenceDevice()

/**
 * The shapes of what `make` makes of inputs of these shapes; `make` is called for it and has to name no device. Where a shape
 * has an 'N', those that come out have it too. Nothing is computed, and no random number drawn.
 * Errors: the constructor's, and forward's for inputs that do not fit; a RangeError where an extent depends on N in another way.
 */
export function outputShapes<M extends AnyModule>(
  make: () => M,
  inputs: readonly DescribedTensor[],
  call: (module: M, x: readonly Tensor[]) => unknown = (module, x) => module.call(...(x as never[])),
): readonly (readonly Extent[])[] {
  const module = withDevice(paper, make).eval()
  const shapesFor = (n: number): number[][] =>
    withDevice(paper, () =>
      noGrad(() => {
        const x = inputs.map(({ shape, dtype = 'float32' }) =>
          zeros(
            shape.map((extent) => (extent === 'N' ? n : extent)),
            { dtype },
          ),
        )
        return [...tensorsIn(call(module, x))].map((t) => [...t.shape])
      }),
    )
  if (!inputs.some(({ shape }) => shape.includes('N'))) return shapesFor(1)
  // An extent that stays is known, and one that is N for two of them is N.
  const [few, many] = [shapesFor(2), shapesFor(3)]
  return few.map((shape, i) =>
    shape.map((extent, d): Extent => {
      if (extent === many[i]![d]) return extent
      if (extent === 2 && many[i]![d] === 3) return 'N'
      throw new RangeError(`Dimension ${d} of what comes out depends on N, and is not N itself.`)
    }),
  )
}
