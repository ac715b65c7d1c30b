/** A described network as functions of jax-js. Linear weights are kept as [in, out], which its products like best. */
import type { Layer } from '../../cases.ts'
import { startValues } from '../parameters.ts'
import type { Arr, Jax } from './jax.ts'

/** Takes the next weight of the list; the layers do it in the order of parametersOf(). */
type Next = () => Arr

export class Network {
  readonly #jax: Jax
  readonly #layers: readonly Layer[]
  constructor(jax: Jax, layers: readonly Layer[]) {
    this.#jax = jax
    this.#layers = layers
  }

  start(): Arr[] {
    const { numpy: np } = this.#jax
    return startValues(this.#layers).map(({ shape, values }) => np.array(values).reshape(shape))
  }

  /** Consumes parameters and input. */
  forward(parameters: readonly Arr[], input: Arr, training: boolean): Arr {
    let at = 0
    return this.#sequence(this.#layers, () => parameters[at++]!, input, training)
  }

  #sequence(layers: readonly Layer[], next: Next, input: Arr, training: boolean): Arr {
    return layers.reduce((x, layer) => this.#layer(layer, next, x, training), input)
  }

  #layer(layer: Layer, next: Next, x: Arr, training: boolean): Arr {
    const { numpy: np, nn } = this.#jax
    switch (layer.layer) {
      case 'linear':
        return this.#linear(next, x)
      case 'relu':
        return nn.relu(x)
      case 'flatten':
        return x.reshape([x.shape[0]!, -1])
      case 'conv': {
        const { stride, padding, bias, outputs } = layer
        const y = this.#jax.lax.conv(x, next(), [stride, stride], [[padding, padding], [padding, padding]]) // prettier-ignore
        return bias ? y.add(next().reshape([1, outputs, 1, 1])) : y
      }
      case 'batch-norm': {
        const shape = [1, layer.channels, 1, 1]
        // Running statistics still are 0 and 1 when it evaluates.
        const y = training ? nn.standardize(x, [0, 2, 3]) : x.div(Math.sqrt(1 + 1e-5))
        return y.mul(next().reshape(shape)).add(next().reshape(shape))
      }
      case 'max-pool': {
        const [n, c, h, w] = x.shape as [number, number, number, number]
        const { size } = layer
        return x.reshape([n, c, h / size, size, w / size, size]).max([3, 5])
      }
      case 'average-pool':
        return x.mean([2, 3])
      case 'residual': {
        const body = this.#sequence(layer.body, next, x.ref, training)
        return nn.relu(body.add(this.#sequence(layer.shortcut, next, x, training)))
      }
      case 'embedding':
        return np.take(next(), x, 0)
      case 'text-convs': {
        const channelsFirst = x.transpose([0, 2, 1])
        const parts = layer.kernels.map(() => {
          const y = this.#jax.lax.conv(channelsFirst.ref, next(), [1], [[0, 0]])
          return nn.relu(y.add(next().reshape([1, layer.outputs, 1]))).max(2)
        })
        channelsFirst.dispose()
        return np.concatenate(parts, 1)
      }
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

  #linear(next: Next, x: Arr): Arr {
    const weight = next().transpose()
    return this.#jax.numpy.matmul(x, weight).add(next())
  }

  #lstm(next: Next, x: Arr, hidden: number): Arr {
    const { numpy: np, nn } = this.#jax
    const [batch, positions] = x.shape as [number, number]
    const [input, recurrent, bias1, bias2] = [next(), next(), next(), next()]
    const projected = np.matmul(x, input.transpose()).add(bias1.add(bias2))
    const weight = recurrent.transpose()
    let h = np.zeros([batch, hidden])
    let c = np.zeros([batch, hidden])
    for (let t = 0; t < positions; t++) {
      const gates = projected.ref.slice([], t).add(np.matmul(h, weight.ref))
      const [i, f, g, o] = np.split(gates, 4, 1) as [Arr, Arr, Arr, Arr]
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)))
      h = nn.sigmoid(o).mul(np.tanh(c.ref))
    }
    for (const unused of [projected, weight, c]) unused.dispose()
    return h
  }

  #encoder(next: Next, x: Arr, heads: number): Arr {
    const { numpy: np, nn } = this.#jax
    const [batch, positions, width] = x.shape as [number, number, number]
    const norm = (y: Arr, scale: Arr, shift: Arr): Arr => nn.standardize(y, -1).mul(scale).add(shift)
    const [q, k, v] = np.split(this.#linear(next, x.ref), 3, 2) as [Arr, Arr, Arr]
    const split = (y: Arr, order: number[]): Arr =>
      y.reshape([batch, positions, heads, width / heads]).transpose(order)
    const scores = np.matmul(split(q, [0, 2, 1, 3]), split(k, [0, 2, 3, 1])).mul(1 / Math.sqrt(width / heads))
    const mixed = np.matmul(nn.softmax(scores, -1), split(v, [0, 2, 1, 3]))
    const attended = this.#linear(next, mixed.transpose([0, 2, 1, 3]).reshape([batch, positions, width]))
    const [w1, b1, w2, b2] = [next(), next(), next(), next()]
    const middle = norm(x.add(attended), next(), next())
    const inner = nn.relu(np.matmul(middle.ref, w1.transpose()).add(b1))
    return norm(middle.add(np.matmul(inner, w2.transpose()).add(b2)), next(), next())
  }
}
