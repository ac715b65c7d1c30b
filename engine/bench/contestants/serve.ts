import { createInterface } from 'node:readline'
import type { Case } from '../cases.ts'
import type { Ran, Reply, Request } from './protocol.ts'

export interface Prepared {
  /** Ways to run it, the first being the usual one. */
  variants?: string[]
  /** Runs so many iterations and waits until the device has done them. This is what is timed. */
  run: (iterations: number, variant: string) => void | Promise<void>
  /** Of the last run, where not all of it counts. */
  seconds?: () => number
  /** See Ran.result. */
  result: () => number | Promise<number>
  /** Before each run, and not timed with it. */
  prelude?: (iterations: number) => Promise<void>
  /** See Ran.readySeconds; of the last prelude. */
  readySeconds?: () => number
  dispose?: () => void
}

export interface Driver {
  device: string
  version: string
  prepare: (c: Case) => Promise<Prepared>
}

const reply = (message: Reply): boolean => process.stdout.write(JSON.stringify(message) + '\n')

/** The contestant's half of the protocol, for those written in TypeScript. */
export async function serve(open: () => Promise<Driver>): Promise<never> {
  let driver: Driver | undefined
  const prepared = new Map<string, Prepared>()
  const answer = async (request: Request): Promise<Reply> => {
    driver ??= await open()
    if (request.kind === 'prepare') {
      const made = await driver.prepare(request.case)
      prepared.set(request.id, made)
      const { device, version } = driver
      return { kind: 'ready', device, version, variants: made.variants ?? [''] }
    }
    const one = prepared.get(request.id)
    if (!one) throw new Error(`${request.id} was never prepared`)
    if (request.kind === 'forget') {
      one.dispose?.()
      prepared.delete(request.id)
      return { kind: 'forgotten' }
    }
    await one.prelude?.(request.iterations)
    const start = performance.now()
    await one.run(request.iterations, request.variant)
    const seconds = one.seconds?.() ?? (performance.now() - start) / 1000
    const ran: Ran = { seconds, result: await one.result() }
    if (one.readySeconds) ran.readySeconds = one.readySeconds()
    return { kind: 'ran', ran }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      reply(await answer(JSON.parse(line) as Request))
    } catch (error) {
      reply({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
    }
  }
  process.exit(0)
}
