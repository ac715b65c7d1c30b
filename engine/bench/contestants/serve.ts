import { createInterface } from 'node:readline'
import type { Workload } from '../workloads/workload.ts'
import type { Reply, Request } from './protocol.ts'

export interface Trainer {
  device: string
  version: string
  /** Runs the steps, waits until the device has done them, and reads the last loss. */
  run: (steps: number) => Promise<number>
}

/** The contestant's half of the protocol, for those written in TypeScript. */
export async function serve(prepare: (workload: Workload) => Promise<Trainer>): Promise<never> {
  const reply = (message: Reply): boolean => process.stdout.write(JSON.stringify(message) + '\n')
  let trainer: Trainer | undefined
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request = JSON.parse(line) as Request
      if (request.kind === 'prepare') {
        trainer = await prepare(request.workload)
        reply({ kind: 'ready', device: trainer.device, version: trainer.version })
      } else if (trainer) {
        const start = performance.now()
        const loss = await trainer.run(request.steps)
        reply({ kind: 'ran', seconds: (performance.now() - start) / 1000, loss })
      }
    } catch (error) {
      reply({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
    }
  }
  process.exit(0)
}
