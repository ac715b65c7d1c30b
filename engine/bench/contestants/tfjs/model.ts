/** A described network as functions of TensorFlow.js, which has images as [batch, height, width, channels]. */
import type { Layer } from '../../cases.ts'
import { startValues } from '../parameters.ts'
import type { Arr, Tf, Variable } from './tf.ts'

/** Takes the next weight of the list; the layers do it in the order of parametersOf(). */
type Next = () => Arr

const epsilon = 1e-5

export class Network {
  readonly variables: Variable[]
  readonly #tf: Tf
  readonly #layers: readonly Layer[]

  constructor(tf: Tf, layers: readonly Layer[]) {
    this.#tf = tf
    this.#layers = layers
    // Kernels are turned from [out, in, height, width] to [height, width, in, out] once, as its users would have them.
    const orders: Record<number, number[]> = { 3: [2, 1, 0], 4: [2, 3, 1, 0] }
    this.variables = startValues(layers).map(({ shape, values }) =>
      tf.variable(
        tf.tidy(() => {
          const start = tf.tensor(values, shape, 'float32')
          const order = orders[shape.length]
          return order ? start.transpose(order) : start
        }),
      ),
    )
  }

  /** Images come as [batch, channels, height, width]. */
  forward(input: Arr, training: boolean): Arr {
    let at = 0
    const x = input.shape.length === 4 ? input.transpose([0, 2, 3, 1]) : input
    return this.#sequence(this.#layers, () => this.variables[at++]!, x, training)
  }

  #sequence(layers: readonly Layer[], next: Next, input: Arr, training: boolean): Arr {
    return layers.reduce((x, layer) => this.#layer(layer, next, x, training), input)
  }

  #linear(next: Next, x: Arr): Arr {
    const tf = this.#tf
    const flat = x.shape.length > 2 ? x.reshape([-1, x.shape.at(-1)!]) : x
    const y = tf.matMul(flat, next(), false, true).add(next())
    return x.shape.length > 2 ? y.reshape([...x.shape.slice(0, -1), y.shape[1]!]) : y
  }

  #layer(layer: Layer, next: Next, x: Arr, training: boolean): Arr {
    const tf = this.#tf
    switch (layer.layer) {
      case 'linear':
        return this.#linear(next, x)
      case 'relu':
        return tf.relu(x)
      case 'flatten':
        // In PyTorch's order, so that the weights after it mean the same.
        return x.transpose([0, 3, 1, 2]).reshape([x.shape[0]!, -1])
      case 'conv': {
        const y = tf.conv2d(x, next(), layer.stride, layer.padding)
        return layer.bias ? y.add(next()) : y
      }
      case 'batch-norm': {
        const [scale, offset] = [next(), next()]
        // Running statistics still are 0 and 1 when it evaluates.
        const { mean, variance } = training
          ? tf.moments(x, [0, 1, 2])
          : { mean: tf.zeros([layer.channels]), variance: tf.ones([layer.channels]) }
        return tf.batchNorm(x, mean, variance, offset, scale, epsilon)
      }
      case 'max-pool':
        return tf.maxPool(x, layer.size, layer.size, 'valid')
      case 'average-pool':
        return x.mean([1, 2])
      case 'residual': {
        const body = this.#sequence(layer.body, next, x, training)
        return tf.relu(body.add(this.#sequence(layer.shortcut, next, x, training)))
      }
      case 'embedding': {
        const flat = tf.gather(next(), x.reshape([-1]))
        return flat.reshape([...x.shape, layer.width])
      }
      case 'text-convs':
        return tf.concat(
          layer.kernels.map(() => tf.relu(tf.conv1d(x, next(), 1, 'valid').add(next())).max(1)),
          1,
        )
      case 'lstm':
        return this.#lstm(next, x, layer.hidden)
      case 'encoder':
        return this.#encoder(next, x, layer.heads)
      case 'mean':
        return x.mean(1)
      case 'gru':
      case 'member-scale':
      case 'member-linear':
        throw new Error(`this side of the benchmark knows no layer ${layer.layer}`)
    }
  }

  #lstm(next: Next, x: Arr, hidden: number): Arr {
    const tf = this.#tf
    const [batch, positions] = x.shape as [number, number]
    const [input, recurrent, bias1, bias2] = [next(), next(), next(), next()]
    const flat = x.reshape([batch * positions, -1])
    const projected = tf
      .matMul(flat, input, false, true)
      .add(bias1.add(bias2))
      .reshape([batch, positions, 4 * hidden])
    let [h, c] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])]
    for (let t = 0; t < positions; t++) {
      const own = projected.slice([0, t, 0], [batch, 1, 4 * hidden]).squeeze([1])
      const [i, f, g, o] = tf.split(own.add(tf.matMul(h, recurrent, false, true)), 4, 1) as [
        Arr,
        Arr,
        Arr,
        Arr,
      ]
      c = tf
        .sigmoid(f)
        .mul(c)
        .add(tf.sigmoid(i).mul(tf.tanh(g)))
      h = tf.sigmoid(o).mul(tf.tanh(c))
    }
    return h
  }

  norm(x: Arr, scale: Arr, shift: Arr): Arr {
    const tf = this.#tf
    const [rows, columns] = [x.shape.slice(0, -1).reduce((a, b) => a * b, 1), x.shape.at(-1)!]
    // Over columns of the transposed: its batch norm is the one fused normalisation that it has.
    const flat = x.reshape([rows, columns]).transpose()
    const { mean, variance } = tf.moments(flat, [0])
    const y = tf.batchNorm(flat, mean, variance, tf.zeros([rows]), tf.ones([rows]), epsilon)
    return y.transpose().mul(scale).add(shift).reshape(x.shape)
  }

  #encoder(next: Next, x: Arr, heads: number): Arr {
    const tf = this.#tf
    const [batch, positions, width] = x.shape as [number, number, number]
    const [q, k, v] = tf.split(this.#linear(next, x), 3, 2) as [Arr, Arr, Arr]
    const split = (y: Arr): Arr => y.reshape([batch, positions, heads, width / heads]).transpose([0, 2, 1, 3])
    const scores = tf.matMul(split(q), split(k), false, true).mul(tf.scalar(1 / Math.sqrt(width / heads)))
    const mixed = tf.matMul(tf.softmax(scores), split(v)).transpose([0, 2, 1, 3])
    const attended = this.#linear(next, mixed.reshape([batch, positions, width]))
    const feedForward = [next(), next(), next(), next()]
    const middle = this.norm(x.add(attended), next(), next())
    let at = 0
    const take = (): Arr => feedForward[at++]!
    const inner = this.#linear(take, tf.relu(this.#linear(take, middle)))
    return this.norm(middle.add(inner), next(), next())
  }
}
