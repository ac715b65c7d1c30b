/** What chance gives each image of a batch: tensors [N], drawn anew at every call of a captured step. */
import { rand } from '../../tensor/random.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Batch } from './define.ts'

/** Uniform from `low` to below `high`. */
export const uniform = ({ count, device }: Batch, [low, high]: readonly [number, number]): Tensor =>
  rand([count], { device })
    .mul(high - low)
    .add(low)

/** A whole number from `low` to `high`, both included, as float32; of bounds that differ from image to image, too. */
export const wholeFrom = ({ count, device }: Batch, low: number | Tensor, high: number | Tensor): Tensor => {
  const drawn = rand([count], { device })
  const room =
    typeof high === 'number' ? (typeof low === 'number' ? high - low : low.neg().add(high)) : high.sub(low)
  // The product is below room + 1: float32 cannot round (1 − 2⁻²⁴)·k up to a whole number k.
  return drawn
    .mul(typeof room === 'number' ? room + 1 : room.add(1))
    .floor()
    .add(low)
}

/** True with probability p. */
export const coin = ({ count, device }: Batch, p: number): Tensor => rand([count], { device }).lt(p)

/** −1 or 1. */
export const sign = (batch: Batch): Tensor => coin(batch, 0.5).choose(1, -1).to('float32')

/** The first where a coin [N] of each image says so, else the second; both [N, …]. */
export const chosen = (coins: Tensor, changed: Tensor, images: Tensor): Tensor =>
  coins.reshape([coins.numel(), ...images.shape.slice(1).map(() => 1)]).choose(changed, images)
