/**
 * How long a client may take over the body of its request. Only waiting counts: while we write to a slow disk, the
 * client is not late. Times are those of a clock that nobody sets.
 */
import type { IncomingMessage } from 'node:http'
import { DescentError } from '../../contract/index.ts'

export interface Patience {
  /** The longest wait for the next byte. */
  readonly idleMs: number
  /** After this long, all that has arrived must be this much on average; null: nothing is enough. */
  readonly graceMs: number
  readonly bytesPerSecond: number | null
}

/** A call is small: all of it arrives in time, or it is not waited for. */
export const callPatience: Patience = { idleMs: 30_000, graceMs: 30_000, bytesPerSecond: null }

/** A file may take hours through a tunnel, but not forever: a slow modem still sends several KiB a second. */
export const uploadPatience: Patience = { idleMs: 60_000, graceMs: 60_000, bytesPerSecond: 1024 }

/** How long to wait for the next byte, after `waitedMs` in which `bytes` have come. */
export function msLeft(
  { idleMs, graceMs, bytesPerSecond }: Patience,
  waitedMs: number,
  bytes: number,
): number {
  const lasting = bytesPerSecond === null ? 0 : (bytes / bytesPerSecond) * 1000
  return Math.max(0, Math.min(idleMs, Math.max(graceMs, lasting) - waitedMs))
}

export class SlowClient extends DescentError {
  constructor(patience: Patience, bytes: number) {
    const limit =
      patience.bytesPerSecond === null
        ? `A call must be complete within ${patience.graceMs / 1000} seconds`
        : `An upload must not pause for ${patience.idleMs / 1000} seconds, nor be slower than ${patience.bytesPerSecond} bytes a second`
    super(
      'badRequest',
      `The connection is too slow: only ${bytes} bytes have arrived. ${limit}. Nothing was kept; try again over a better connection.`,
    )
  }
}

const late = Symbol('late')

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | typeof late> {
  // Nobody listens any more if it fails after its time: the connection is being closed.
  promise.catch(() => {})
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => afterReading(() => resolve(late)), ms)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** After a long computation timers come before what has arrived meanwhile; that must be read before anyone is late. */
function afterReading(then: () => void): void {
  setImmediate(() => setImmediate(() => setImmediate(then)))
}

/** The body as it arrives. The request stays open when its reader stops early, so that an answer can be heard. */
export async function* bodyOf(request: IncomingMessage, patience: Patience): AsyncGenerator<Buffer, void> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  let bytes = 0
  let waitedMs = 0
  for (;;) {
    const asked = performance.now()
    const next = await inTime(chunks.next(), msLeft(patience, waitedMs, bytes))
    waitedMs += performance.now() - asked
    if (next === late) throw new SlowClient(patience, bytes)
    if (next.done) return
    bytes += next.value.length
    yield next.value
  }
}
