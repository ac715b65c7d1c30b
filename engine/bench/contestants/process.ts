import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Workload } from '../workloads/workload.ts'
import type { Launch, Reply, Request } from './protocol.ts'

/** A running contestant. One request at a time: that is what makes the rounds comparable. */
export class ContestantProcess {
  readonly device: string
  readonly version: string
  readonly #child: ChildProcess
  readonly #replies: AsyncIterator<string>

  private constructor(
    child: ChildProcess,
    replies: AsyncIterator<string>,
    ready: { device: string; version: string },
  ) {
    this.#child = child
    this.#replies = replies
    this.device = ready.device
    this.version = ready.version
  }

  static async start(
    launch: Exclude<Launch, { missing: string }>,
    workload: Workload,
  ): Promise<ContestantProcess> {
    const child = spawn(launch.command, launch.args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const reply = await ask(child, replies, { kind: 'prepare', workload })
    if (reply.kind !== 'ready') throw new Error(`answered ${reply.kind} to prepare`)
    return new ContestantProcess(child, replies, reply)
  }

  async run(steps: number): Promise<{ secondsPerStep: number; loss: number }> {
    const reply = await ask(this.#child, this.#replies, { kind: 'run', steps })
    if (reply.kind !== 'ran') throw new Error(`answered ${reply.kind} to run`)
    return { secondsPerStep: reply.seconds / steps, loss: reply.loss }
  }

  stop(): void {
    this.#child.stdin?.end()
  }
}

async function ask(child: ChildProcess, replies: AsyncIterator<string>, request: Request): Promise<Reply> {
  child.stdin?.write(JSON.stringify(request) + '\n')
  const line = await replies.next()
  if (line.done) throw new Error('ended without an answer')
  const reply = JSON.parse(line.value) as Reply
  if (reply.kind === 'failed') throw new Error(reply.reason)
  return reply
}
