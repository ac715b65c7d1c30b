/** Finding the op that made the first NaN, as torch.autograd.detect_anomaly does. */
import { isFloating } from './dtype.ts'
import { realizeNodes } from './realize.ts'
import { currentScope } from './scope.ts'
import { formatShape } from './shape.ts'
import { startRecording, type Tensor } from './tensor.ts'

function hasNaN(t: Tensor): boolean {
  if (!isFloating(t.dtype)) return false
  const { device } = t
  if (!device.readSync)
    throw new Error(
      `detectAnomaly() looks at every value at once, which ${device.name} cannot give: use the CPU device.`,
    )
  realizeNodes([t.node])
  return device.readSync(t.node.storage!.buffer, t.dtype).some(Number.isNaN)
}

function place(): string {
  const scope = currentScope()
  if (!scope) return ''
  const name =
    scope.type === '' || scope.type === scope.layer ? scope.layer : `${scope.layer} (${scope.type})`
  return scope.pass === 'forward' ? ` in ${name}` : ` in the ${scope.pass} pass of ${name}`
}

/**
 * Runs `body`, which may be asynchronous, computing every op at once and looking at what it gives. Slow, and on the CPU
 * alone. Errors: an Error at the op that gives a NaN though nothing it was computed from has one: it names the op, its
 * module where a profile's scopes are on, and the shapes; its stack is where the op was called, or backward() was.
 * Source: torch.autograd.detect_anomaly.
 */
export function detectAnomaly<R>(body: () => R): R {
  const stop = startRecording((op, inputs, _, outputs) => {
    if (!outputs.some(hasNaN) || inputs.some(hasNaN)) return
    const shapes = inputs.map((t) => formatShape(t.shape)).join(', ')
    throw new Error(
      `${op.name} gave the first NaN${place()}, from inputs of ${shapes === '' ? 'no shape' : shapes}.`,
    )
  })
  try {
    const result = body()
    if (result instanceof Promise) return result.finally(stop) as R
    stop()
    return result
  } catch (error) {
    stop()
    throw error
  }
}
