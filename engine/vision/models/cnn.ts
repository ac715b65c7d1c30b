import * as nn from '../../nn/index.ts'
import type { DeviceOption } from '../../nn/init.ts'

export interface CnnOptions extends DeviceOption {
  /** Of the images: 3 for colors, 1 for gray. */
  readonly channels: number
  /** Scores of each image. */
  readonly classes: number
  /** Pixels; at least 4. */
  readonly height: number
  /** Pixels; at least 4. */
  readonly width: number
  /** Before the last layer; 0, the default, leaves it out. */
  readonly dropout?: number
}

/**
 * Two convolutions and two linear layers: the classic first network for small images. Takes [N, channels, height, width], gives scores
 * [N, classes]. Errors: a RangeError for images smaller than 4 × 4.
 */
export function cnn({ channels, classes, height, width, dropout = 0, ...on }: CnnOptions): nn.Sequential {
  const [h, w] = [Math.floor(Math.floor(height / 2) / 2), Math.floor(Math.floor(width / 2) / 2)]
  if (h < 1 || w < 1) throw new RangeError(`cnn needs images of at least 4 × 4, not ${height} × ${width}.`)
  return new nn.Sequential(
    new nn.Conv2d(channels, 32, 3, { padding: 1, ...on }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(32, 64, 3, { padding: 1, ...on }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(64 * h * w, 128, on),
    new nn.ReLU(),
    ...(dropout > 0 ? [new nn.Dropout(dropout)] : []),
    new nn.Linear(128, classes, on),
  )
}
