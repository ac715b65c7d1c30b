import type { Training } from '../../electron/contract/index.ts'

/**
 * The learning rate of every epoch, for the preview curve. Cosine anneals to 0 over all epochs:
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 */
export function learningRates(
  training: Pick<Training, 'schedule' | 'optimizer' | 'epochs'>,
  points = 200,
): { x: number; y: number }[] {
  const { schedule, epochs } = training
  const base = training.optimizer.learningRate
  const count = Math.min(points, epochs)
  return Array.from({ length: count }, (_, index) => {
    const epoch = count === 1 ? 0 : Math.round((index * (epochs - 1)) / (count - 1))
    return { x: epoch + 1, y: rateAt(epoch) }
  })

  function rateAt(epoch: number): number {
    switch (schedule.name) {
      case 'constant':
        return base
      case 'cosine':
        return (base * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2
      case 'step':
        return base * schedule.factor ** Math.floor(epoch / schedule.every)
    }
  }
}
