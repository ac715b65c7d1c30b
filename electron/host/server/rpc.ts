/** `POST /rpc/<name>`: JSON in, validated against the contract; output or error value out. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { DescentError, procedures, type ProcedureName } from '../../contract/index.ts'
import type { Handlers } from '../context.ts'
import { inputError } from './errors.ts'
import { sendError, sendJson } from './reply.ts'

/** A recipe for 5,000 columns is half a megabyte. Files come by upload, not by call. */
export const maxBody = 8 * 1024 * 1024

/**
 * null: the body is larger than `limit`. A little more than that is still read, so that the refusal is heard; beyond,
 * the connection is cut.
 */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks.length = 0
    if (size > 4 * limit) break
  }
  return size <= limit ? Buffer.concat(chunks) : null
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new DescentError('badRequest', 'The body of the call is not JSON.')
  }
}

const isProcedure = (name: string): name is ProcedureName => Object.hasOwn(procedures, name)

function validate(name: string, input: unknown): { name: ProcedureName; input: unknown } {
  if (!isProcedure(name))
    throw new DescentError('unknownProcedure', `There is no procedure “${name.slice(0, 100)}”.`)
  const result = procedures[name].input.safeParse(input)
  if (!result.success) throw inputError(name, result.error)
  return { name, input: result.data }
}

export async function handleRpc(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  handlers: Handlers,
): Promise<void> {
  if (!isProcedure(name)) validate(name, null)
  const body = await readBody(request, maxBody)
  if (!body) {
    const value = new DescentError('badRequest', `The call is larger than ${maxBody / 1024 / 1024} MiB.`)
    sendError(request, response, value.toValue(), 413)
    return
  }
  const call = validate(name, parseJson(body))
  // The name decides the input's type, which TypeScript cannot follow through the table; `validate` has checked it.
  const handler = handlers[call.name] as (input: unknown) => Promise<unknown>
  sendJson(response, 200, await handler(call.input))
}
